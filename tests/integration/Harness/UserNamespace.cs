using OciSpec;

namespace Integration.Tests.Harness;

/// <summary>A user namespace for a guest: its ids 0 to 65535 are the host's 100000 to 165535.</summary>
internal static class UserNamespace
{
    private const string Root = "100000:100000";

    /// <summary>Asks for it in a config. The guest's root owns nothing of the bundle then: see <see cref="Own"/>.</summary>
    public static void Add(RuntimeConfig config)
    {
        config.Linux!.Namespaces!.Add(new() { Type = "user" });
        config.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 65_536 }];
        config.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 65_536 }];
    }

    /// <summary>Makes its root the owner of the bundle's root filesystem.</summary>
    public static void Own(Bundle bundle) => Command.Run("chown", "-R", Root, bundle.Rootfs).MustSucceed();

    /// <summary>Puts the bundle's guest into it, with a root filesystem of its own root's.</summary>
    public static Bundle InUserNamespace(this Bundle bundle)
    {
        Own(bundle);
        return bundle.With(Add);
    }
}
