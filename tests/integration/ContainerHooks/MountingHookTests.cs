using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.ContainerHooks;

/// <summary>Hooks that look for the container's mounts at the root's own path, and mount below it, as those of devices do.</summary>
[HostOnly]
public sealed class MountingHookTests : IDisposable
{
    private readonly TempDir _out = new();
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        _cctl.Dispose();
        _out.Dispose();
    }

    [Theory]
    [InlineData("prestart", false)]
    [InlineData("createRuntime", false)]
    [InlineData("createContainer", false)]
    [InlineData("prestart", true)]
    [InlineData("createRuntime", true)]
    [InlineData("createContainer", true)]
    public void A_mount_below_the_root_is_the_guests(string kind, bool userNamespace)
    {
        _out.WriteFile("data/file", "from the hook");
        using Bundle bundle = new Bundle("cat", "/given/file");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "given"));
        string enter = kind == "createContainer" ? string.Empty : "nsenter -t $(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/') -m ";
        string script = $"{enter}sh -c 'grep -c {bundle.Rootfs}/ /proc/self/mountinfo >{_out["seen"]}; mount --bind {_out["data"]} {bundle.Rootfs}/given'";
        bundle.With(c =>
        {
            var hook = new Hook { Path = "/bin/sh", Args = ["sh", "-c", script], Env = ["PATH=/usr/bin:/bin"] };
            c.Hooks = new Hooks
            {
                Prestart = kind == "prestart" ? [hook] : null,
                CreateRuntime = kind == "createRuntime" ? [hook] : null,
                CreateContainer = kind == "createContainer" ? [hook] : null,
            };
        });
        if (userNamespace)
        {
            bundle.InUserNamespace();
            new Command("chmod", "755", bundle.Path, _out.Path).Run().MustSucceed();
            new Command("chmod", "-R", "a+rwX", _out.Path).Run().MustSucceed();
        }

        Assert.Equal("from the hook", _cctl.Run("run", "--bundle", bundle.Path, _id).MustSucceed().Text);
        Assert.True(int.Parse(File.ReadAllText(_out["seen"]), System.Globalization.CultureInfo.InvariantCulture) >= 7, File.ReadAllText(_out["seen"]));
    }
}
