return CctlImages.Commands.CommandTable.Run(args);
