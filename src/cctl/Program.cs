Runtime.Linux.Startup.ReleaseMainThread();
return Cctl.Cli.CommandLine.Run(args);
