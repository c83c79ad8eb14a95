Runtime.Linux.Startup.ReleaseMainThread();
return args switch
{
    [Runtime.Launch.TmpfsCopier.Command, ..] => Runtime.Launch.TmpfsCopier.Main(args),
    [Runtime.Owned.OwnedSnapshot.Command, _, _] => Runtime.Owned.OwnedSnapshot.Main(args),
    _ => Cctl.Cli.CommandLine.Run(args, new Cctl.Commands.CommandTable()),
};
