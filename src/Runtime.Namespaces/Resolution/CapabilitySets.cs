using OciSpec;

namespace Runtime.Namespaces.Resolution;

/// <summary>The five sets of capabilities(7), a bit each. A config without capabilities gives none.</summary>
/// <param name="Bounding">What execve(2) can ever give.</param>
/// <param name="Effective">What the kernel checks.</param>
/// <param name="Permitted">What may be made effective.</param>
/// <param name="Inheritable">What execve(2) hands on to files that ask for it.</param>
/// <param name="Ambient">What execve(2) hands on to all other files.</param>
public readonly record struct CapabilitySets(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    /// <summary>CAP_CHECKPOINT_RESTORE, the newest (Linux 5.9).</summary>
    public const int Last = 40;

    /// <summary>Reads the sets; unknown names (the validation has warned of them) give nothing.</summary>
    public static CapabilitySets From(Capabilities? capabilities) => capabilities is null
        ? default
        : new CapabilitySets(
            Mask(capabilities.Bounding),
            Mask(capabilities.Effective) & Mask(capabilities.Permitted),
            Mask(capabilities.Permitted),
            Mask(capabilities.Inheritable),
            Mask(capabilities.Ambient));

    /// <summary>What of the sets the kernel gives to a process that has these (capset(2)): none permitted that was not, none inheritable outside the bounding set.</summary>
    public CapabilitySets Within(ulong grantable) => new(
        Bounding,
        Effective & grantable,
        Permitted & grantable,
        Inheritable & grantable & Bounding,
        Ambient & grantable & Bounding);

    /// <summary>All that any of the sets has.</summary>
    public ulong All => Bounding | Effective | Permitted | Inheritable | Ambient;

    private static ulong Mask(List<string>? names)
    {
        ulong mask = 0;
        foreach (string name in names ?? [])
        {
            int number = Array.IndexOf(KnownValues.Capabilities, name);
            mask |= number >= 0 ? 1UL << number : 0;
        }

        return mask;
    }
}
