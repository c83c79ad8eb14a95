return Cctl.Cli.CommandLine.Run(args);
