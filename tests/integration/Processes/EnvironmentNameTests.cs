using Integration.Tests.Harness;

namespace Integration.Tests.Processes;

/// <summary>One entry a name in a process's environment, the last.</summary>
public sealed class EnvironmentNameTests
{
    [Fact]
    public void Of_two_entries_of_one_name_the_last_is_passed()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("cat", "/proc/self/environ").With(c => c.Process!.Env = ["A=1", "PATH=/nowhere", "B=x", "A=2=3", "PATH=/bin", "HOME=/h"]);
        Assert.Equal("B=x\0A=2=3\0PATH=/bin\0HOME=/h\0", cctl.RunBundle(bundle).MustSucceed().Stdout);
    }

    [Fact]
    public void The_words_of_exec_go_before_the_containers_own()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("sleep", "1000").With(c => c.Process!.Env = ["FOO=old", "PATH=/bin", "HOME=/h"]);
        string id = Cctl.NewId();
        cctl.Run("create", "--bundle", bundle.Path, id).MustSucceed();
        cctl.Run("start", id).MustSucceed();
        Assert.Equal("PATH=/bin\0HOME=/h\0FOO=new\0", cctl.Run("exec", "-e", "FOO=new", id, "cat", "/proc/self/environ").MustSucceed().Stdout);
        CommandResult lost = cctl.Run("exec", "-e", "PATH=/nowhere", id, "cat", "/proc/self/environ");
        Assert.Contains("$PATH", lost.Stderr, StringComparison.Ordinal);
    }
}
