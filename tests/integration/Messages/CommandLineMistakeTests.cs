using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>Words that people bring from other tools: each is answered with the nearest right one.</summary>
[HostOnly]
public sealed class CommandLineMistakeTests
{
    [Theory]
    [InlineData("did you mean state?", "status", "x")]
    [InlineData("did you mean exec?", "attach", "x")]
    [InlineData("cctl keeps no output", "logs", "x")]
    [InlineData("cctl builds no images", "build", "x")]
    [InlineData("did you mean images?", "image", "x")]
    [InlineData("unknown option -9: the signal stands behind the id: cctl kill ID 9", "kill", "-9", "x")]
    [InlineData("unknown option -KILL: the signal stands behind the id: cctl kill ID KILL", "kill", "-KILL", "x")]
    [InlineData("-d is an option of run: it stands behind the command: cctl run -d", "-d", "run", "x")]
    [InlineData("unknown option --cpus: CPU time is --cpu-quota in each --cpu-period", "update", "--cpus", "2", "x")]
    [InlineData("list shows all containers anyway", "list", "-a")]
    [InlineData("cctl run without --detach waits for the container's end", "wait", "x")]
    [InlineData("name the containers: cctl delete ID…", "delete", "--all")]
    [InlineData("the cgroup's place stands in config.json, at /linux/cgroupsPath", "create", "--cgroup-parent", "x", "y")]
    [InlineData("the cgroup's place stands in config.json, at /linux/cgroupsPath", "--cgroup-parent", "x", "list")]
    [InlineData("signal \"KIL\": there is none of that name: did you mean KILL?", "kill", "x", "KIL")]
    [InlineData("did you mean --memory", "update", "--memroy", "1g", "x")]
    public void A_word_of_another_tool_is_answered_with_the_right_one(string message, params string[] words)
    {
        using var cctl = new Cctl();
        Mistake.IsAnswered(message, cctl.Run(words));
    }

    [Theory]
    [InlineData("unknown option -it: a guest has a terminal where /process/terminal in config.json is true", "-it", "x")]
    [InlineData("run deletes the container at its end anyway", "--rm", "x")]
    [InlineData("the id is an argument", "--name", "x")]
    [InlineData("mounts stand in config.json, at /mounts", "-v", "/a:/b", "x")]
    [InlineData("unexpected argument \"sh\": it takes one ID; the command stands in config.json, at /process/args: see cctl run --help", "busybox", "sh")]
    public void An_option_of_images_in_a_bundles_directory_is_answered_with_its_place(string message, params string[] words)
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        Mistake.IsAnswered(message, new Command(Cctl.Executable, ["--root", cctl.StateRoot, "run", .. words]) { Directory = bundle.Path }.Run());
    }

    [Fact]
    public void A_global_option_given_twice_is_no_internal_error()
    {
        using var cctl = new Cctl();
        Mistake.IsAnswered("--root is given 2 times", cctl.Run("--root", cctl.StateRoot, "list"));
    }

    [Fact]
    public void Values_of_exec_are_called_by_their_options()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("--cwd: \"tmp\" is not an absolute path", cctl.Run("exec", "--cwd", "tmp", id, "true"));
        Mistake.IsAnswered("--cwd: change to /nosuch (chdir): ENOENT: no such file or directory: name a directory that the container has", cctl.Run("exec", "--cwd", "/nosuch", id, "true"));
        Mistake.IsAnswered("--user 0:grp: the guest's /etc/group has no group \"grp\"", cctl.Run("exec", "--user", "0:grp", id, "true"));
        Mistake.IsAnswered("--user \":\": it is USER or USER:GROUP", cctl.Run("exec", "--user", ":", id, "true"));
        Mistake.IsAnswered($"end it with \"cctl kill {id} KILL\", or use delete --force", cctl.Run("delete", id));
        Mistake.IsAnswered("--env: \"FOO\" is not NAME=value", cctl.Run("exec", "--env", "FOO", id, "true"));
        Mistake.IsAnswered("each argument is an element of args of its own", cctl.Run("exec", id, "ls -l"));
    }

    [Fact]
    public void A_bundle_in_place_of_an_id_is_told()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        Mistake.IsAnswered($"{bundle.Path} is a bundle: cctl create --bundle {bundle.Path} ID", cctl.Run("create", bundle.Path));
    }

    [Fact]
    public void A_container_without_a_cgroup_is_told_the_way_to_one()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("--cgroup-manager", "disabled", "run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("it has no cgroup of its own: create it where one can be made", cctl.Run("pause", id));
        Mistake.IsAnswered("it has no cgroup of its own: create it where one can be made", cctl.Run("update", "--memory", "100m", id));
    }

    [Fact]
    public void A_limit_of_files_sizes_is_told_with_its_way_out()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        Mistake.IsAnswered("EFBIG: file too large: raise the limit of files' size (ulimit -f)", Command.Run("bash", "-c", $"ulimit -f 0; exec {Cctl.Executable} --root {cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()}"));
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void A_signal_before_the_id_is_turned_round()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered($"the signal stands behind the id: cctl kill {id} SIGKILL", cctl.Run("kill", "SIGKILL", id));
        cctl.Run("kill", id, "SIGKILL").MustSucceed();
    }
}
