using CctlImages.Commands;
using CctlImages.Network;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

return args is [NetworkMain.Word or NetworkMain.ConfinedWord, ..] ? NetworkMain.Run(args) : CommandTable.Run(args);
