using Runtime.Linux;

namespace Runtime.Namespaces.Plan;

/// <summary>A resource limit, for prlimit(2).</summary>
/// <param name="Resource">RLIMIT_*.</param>
/// <param name="Value">Soft and hard limit.</param>
/// <param name="Pointer">Where the config asks for it.</param>
public readonly record struct RlimitValue(int Resource, Abi.rlimit64 Value, string Pointer);
