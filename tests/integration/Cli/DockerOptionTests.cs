using System.Text.RegularExpressions;
using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>docker's options of <c>run</c>: each works or is refused by its name with a reason, and docs/DOCKER.md says which.</summary>
[HostOnly]
public sealed partial class DockerOptionTests
{
    [Fact]
    public void Each_option_of_dockers_run_is_known_and_documented()
    {
        using var directory = new TempDir();
        string help = Command.Run(Cctl.Executable, "run", "--help").MustSucceed().Stdout;
        string document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "DOCKER.md"));
        string work = document[document.IndexOf("**Work:**", StringComparison.Ordinal)..document.IndexOf("**Refused", StringComparison.Ordinal)];
        string refused = document[document.IndexOf("**Refused", StringComparison.Ordinal)..];
        string[] options = [.. OptionName().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docker-run-options.txt"))).Select(m => m.Value)];
        Assert.True(options.Length > 90);
        foreach (string option in options.Where(o => o != "--help"))
        {
            if (help.Contains($"{option} ", StringComparison.Ordinal))
            {
                Assert.Contains($"`{option}`", work, StringComparison.Ordinal);
                continue;
            }

            CommandResult result = new Command(Cctl.Executable, "--store", directory["store"], "run", option + "=1", "--pull", "never", "image") { Directory = directory.Path }.Run().MustExit(125);
            Assert.StartsWith($"cctl: {option}: ", result.Stderr, StringComparison.Ordinal);
            Assert.Contains($"`{option}`", refused, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-it", "--tty --interactive: standard input is no terminal")]
    [InlineData("--network=bridge", "--network bridge: not supported: none (loopback only), host and ns:PATH are")]
    [InlineData("--cap-add=NET_ADMN", "--cap-add NET_ADMN: no such capability: did you mean CAP_NET_ADMIN?")]
    [InlineData("-vdata:/data", "--volume data:/data: named volumes are not supported: name a directory: --volume /path/data:/data")]
    [InlineData("--mount=type=bind,src=/nowhere,dst=/x", "/nowhere does not exist: make it, or use --volume, which does")]
    [InlineData("--ulimit=files=3", "--ulimit files=3: it is NAME=SOFT[:HARD], as nofile=1024:4096, with a name out of cpu, fsize,")]
    [InlineData("--user=nobody-here", "--user nobody-here: the guest's /etc/passwd has no user \"nobody-here\"")]
    [InlineData("--security-opt=secomp=x", "--security-opt secomp=x: not known: no-new-privileges, seccomp=FILE|unconfined,")]
    [InlineData("-m4z", "--memory 4z: not a size, such as 512m")]
    [InlineData("--cpus=none", "--cpus none: not a number of CPUs")]
    [InlineData("--device=/dev/nothing-here", "--device /dev/nothing-here: the host has no such device")]
    [InlineData("--tmpfs=data", "--tmpfs data: the destination must be an absolute path in the container, other than /")]
    [InlineData("--add-host=name", "--add-host name: it is NAME:ADDRESS")]
    [InlineData("--sysctl=a", "--sysctl a: it is NAME=VALUE")]
    [InlineData("--env==x", "--env =x: a variable needs a name: NAME=VALUE")]
    [InlineData("--rm=true", "the image names no command: say what to run")]
    public void A_mistake_is_one_line_with_the_option_and_the_way_out_and_leaves_nothing(string option, string words)
    {
        using var store = new Images.ImageStoreFixture();
        using var cctl = new Cctl();
        Images.BuiltImage.Load(store, "bare:1", option == "--rm=true" ? "{}" : """{"Cmd": ["/x"]}""", "mkdir etc; echo root:x:0:0::/: >etc/passwd");
        CommandResult result = cctl.Run("--store", store.Store, "run", option, "bare:1").MustExit(125);
        Assert.Contains(words, result.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, result.Stderr.Count('\n'));
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
        string containers = Path.Combine(store.Store, "containers");
        Assert.True(!Directory.Exists(containers) || Directory.GetFileSystemEntries(containers).Length == 0);
    }

    [GeneratedRegex("--[a-z0-9-]+")]
    private static partial Regex OptionName();
}
