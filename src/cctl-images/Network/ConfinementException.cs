using Runtime.Linux;

namespace CctlImages.Network;

/// <summary>The network process cannot be confined; it then does not run at all.</summary>
internal sealed class ConfinementException(string message) : Exception(message)
{
    /// <summary>The result of a system call that did not fail.</summary>
    /// <exception cref="ConfinementException">It did.</exception>
    public static nint Check(nint result, string call) =>
        result >= 0 ? result : throw new ConfinementException($"{call}: {((Errno)(-(int)result)).InWords()}");
}
