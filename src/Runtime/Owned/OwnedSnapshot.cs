using System.Globalization;
using Runtime.Images;
using Runtime.Images.Store;
using Runtime.Linux;
using Runtime.Namespaces.Launch;

namespace Runtime.Owned;

/// <summary>What a container on an image has in the store: its changes, its name, its range of ids.</summary>
public sealed class OwnedSnapshot(string store, string id) : OwnedResource
{
    internal const string Name = "snapshot";

    /// <summary>The word on the command line that makes the executable remove one. Not for people: it is called in an ordinary user's own user namespace.</summary>
    public const string Command = "remove-snapshot";

    /// <summary>The absolute path of the store.</summary>
    public string Store => store;

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override Dictionary<string, string> Facts => new() { ["store"] = store, ["id"] = id };

    /// <inheritdoc/>
    internal override void Release() => Remove(store, id);

    /// <summary>Takes a container's directory, name and ids out of a store; nothing where it is not there.</summary>
    /// <exception cref="ContainerException">It stays for now.</exception>
    public static void Remove(string store, string id)
    {
        if (OwnUserNamespace.IsNeeded)
        {
            // What the guest changed belongs to the user's subordinate ids.
            int status = OwnUserNamespace.Run("/proc/self/exe", ["cctl", Command, store, id]);
            if (status != 0)
            {
                throw new ContainerException(string.Create(CultureInfo.InvariantCulture, $"remove {store}/containers/{id}: the removal in the user namespace ended with status {status}"));
            }

            return;
        }

        RemoveHere(store, id);
    }

    /// <summary>The life of the process that removes one.</summary>
    /// <param name="arguments">The command line from <see cref="Command"/> on.</param>
    /// <returns>The exit status.</returns>
    public static int Main(string[] arguments)
    {
        try
        {
            RemoveHere(arguments[1], arguments[2]);
            return 0;
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            Sys.TryWrite(2, System.Text.Encoding.UTF8.GetBytes($"cctl: {SafeText.Of(e.Message)}\n"));
            return 1;
        }
    }

    private static void RemoveHere(string store, string id)
    {
        try
        {
            using ImageStore? opened = ImageStore.TryOpen(store);
            opened?.Containers.Remove(id);
        }
        catch (ImageException e)
        {
            throw new ContainerException(e.Message);
        }
    }
}
