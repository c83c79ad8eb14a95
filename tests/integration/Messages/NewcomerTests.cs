using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>Mistakes of people who come from other tools and formats: the answer says what is written instead.</summary>
[HostOnly]
public sealed class NewcomerTests
{
    private const string Start = """{"ociVersion":"1.0.2","root":{"path":"rootfs"},"process":{"cwd":"/","args":["/bin/true"]}""";

    [Theory]
    [InlineData("ociVersion: 1.0.2", "malformed json at line 1, column 1: no json: a config is an object and begins with {")]
    [InlineData(Start + ""","linux":{"resources":{"memory":{"limit":"512m"}}}}""", "/linux/resources/memory/limit: a string where a number belongs: write it in bytes, as a plain number")]
    [InlineData(Start + ""","linux":{"resources":{"pids":{"limit":"10"}}}}""", "/linux/resources/pids/limit: a string where a number belongs: write 10 without quotation marks")]
    [InlineData(Start + ""","linux":{"sysctl":{"net.ipv4.ip_forward":1}}}""", "a number where a string belongs: put it in quotation marks")]
    [InlineData(Start + ""","linux":{"maskedPaths":"/proc"}}""", "/linux/maskedPaths: a string where an array belongs: put it in brackets: [\"…\"]")]
    public void A_value_of_the_wrong_kind(string config, string message)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").WriteConfig(config);
        Mistake.IsAnswered(message, cctl.RunBundle(bundle));
    }

    [Theory]
    [InlineData("~/data")]
    [InlineData("$HOME/data")]
    public void A_path_as_a_shell_would_take_it(string path)
    {
        Mistake.InBundle("(open_tree): ENOENT: the source does not exist on the host: ~ and variables are a shell's: write the whole path", c => c.Mounts!.Add(new() { Destination = "/mnt", Source = path, Options = ["bind"] }));
        Mistake.InBundle("(open_tree): ENOENT: the root filesystem does not exist: ~ and variables are a shell's: write the whole path", c => c.Root!.Path = path);
    }

    [Fact]
    public void A_hook_that_is_no_program() =>
        Mistake.InBundle("/hooks/prestart/0: run /etc/passwd: EACCES: permission denied: is the hook executable (chmod +x), and on no noexec mount?", c => c.Hooks = new() { Prestart = [new() { Path = "/etc/passwd" }] });

    [Fact]
    public void A_filter_that_forbids_the_command() =>
        Mistake.InBundle("/linux/seccomp: execve(2), which runs /process/args: the filter answers it with EPERM: allow execve", c =>
        {
            c.Process!.NoNewPrivileges = true;
            c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ERRNO" };
        });
}
