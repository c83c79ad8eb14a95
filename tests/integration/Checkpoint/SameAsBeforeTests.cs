using System.Text.RegularExpressions;
using Integration.Tests.Guest;
using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>
/// What a process has after it was restored is what it had: descriptors, environment, credentials, filters, limits, mounts,
/// namespaces, LSM, keyring and attributes.
/// </summary>
[VmOnly]
public sealed class SameAsBeforeTests
{
    /// <summary>What criu gives back otherwise: what such a line looks like (- before, + after), and why.</summary>
    private static readonly (string Line, string Reason)[] s_known =
    [
        (@"^\[namespaces\] . time(_for_children)? |^\[maps\] . (monotonic|boottime) ", "criu makes a time namespace, in which the guest's clocks go on from where they were"),
        (@"^\[attributes\] . keyring keyring;[0-9]+;[0-9]+;3f1b0000;_ses\.", "it is one of the restored container's own, which bears another name"),
        (@"^\[status\] . CapAmb:", "criu 3.17 keeps no ambient capabilities"),
    ];

    [Theory]
    [InlineData("plain")]
    [InlineData("user with groups")]
    [InlineData("filter")]
    public void A_restored_process_has_what_it_had_before_the_checkpoint(string config)
    {
        using var result = new TempDir();
        File.SetUnixFileMode(result.Path, (UnixFileMode)0b111_111_111);
        using var test = new CheckpointFixture(new Bundle("/execve", "first", "stay"));
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "execve"), Path.Combine(test.Bundle.Rootfs, "execve"));
        test.Bundle.With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/result", Type = "bind", Source = result.Path, Options = ["bind", "rw"] });
            c.Process!.OomScoreAdj = 321;
            c.Process.Rlimits!.Add(new() { Type = "RLIMIT_STACK", Soft = 4 << 20, Hard = 8 << 20 });
            if (config == "user with groups")
            {
                c.Process.User = new() { Uid = 1000, Gid = 1001, AdditionalGids = [2000, 5], Umask = 0b000_111_111 };
                c.Process.Capabilities = new() { Bounding = ["CAP_KILL"], Inheritable = ["CAP_KILL"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL"], Ambient = ["CAP_KILL"] };
            }
            else if (config == "filter")
            {
                c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["unshare"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 38 }] };
            }
        });
        test.Start();
        Eventually.True(() => File.Exists(result["first"]), Place.Deadline(5), () => "nothing was written before the checkpoint");
        test.Checkpoint("images").MustSucceed();
        result.WriteFile("again", "");
        test.Shell($"$CCTL restore --detach --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} {test.Id} </dev/null >/dev/null 2>/dev/null").MustSucceed();
        Eventually.True(() => File.Exists(result["first.2"]), Place.Deadline(5), () => "nothing was written after the restore");
        string[] differences = [.. ExecveDump.Read(result["first"]).Differences(ExecveDump.Read(result["first.2"])).Where(d => !s_known.Any(k => Regex.IsMatch(d, k.Line)))];
        Assert.True(differences.Length == 0, $"{config} (- before, + after):\n{string.Join('\n', differences)}");
    }
}
