Runtime.Linux.Startup.ReleaseMainThread();
return args is [Runtime.Launch.TmpfsCopier.Command, ..] ? Runtime.Launch.TmpfsCopier.Main(args) : Cctl.Cli.CommandLine.Run(args, new Cctl.Commands.CommandTable());
