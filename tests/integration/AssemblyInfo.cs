using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: TestCollectionOrderer(typeof(Integration.Tests.Harness.LongestFirst))]
