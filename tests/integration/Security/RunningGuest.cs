using Integration.Tests.Harness;

namespace Integration.Tests.Security;

/// <summary>A container that does nothing; its root can be changed while it runs, as a volume's other user could.</summary>
public sealed class RunningGuest : IDisposable
{
    private readonly Bundle _bundle = new("/bin/sleep", "10000");

    public RunningGuest()
    {
        Id = Cctl.NewId();
        Cctl.Run("run", "--detach", "--bundle", _bundle.Path, Id).MustSucceed();
    }

    internal Cctl Cctl { get; } = new();

    internal TempDir Host { get; } = new();

    internal string Id { get; }

    internal string Rootfs => _bundle.Rootfs;

    public void Dispose()
    {
        Cctl.Dispose();
        _bundle.Dispose();
        Host.Dispose();
    }
}
