namespace OciSpec;

/// <summary>The five capability sets, names as <c>CAP_CHOWN</c>, capabilities(7) (config.md, Linux process). An absent set is empty.</summary>
[OciDocument]
public sealed class Capabilities
{
    /// <summary><c>effective</c>: what permission checks look at.</summary>
    public List<string>? Effective { get; set; }

    /// <summary><c>bounding</c>: the ceiling of what execve(2) can grant.</summary>
    public List<string>? Bounding { get; set; }

    /// <summary><c>inheritable</c>: kept over execve(2) for files that have them inheritable too.</summary>
    public List<string>? Inheritable { get; set; }

    /// <summary><c>permitted</c>: the ceiling of effective.</summary>
    public List<string>? Permitted { get; set; }

    /// <summary><c>ambient</c>: kept over execve(2) of a file without privileges.</summary>
    public List<string>? Ambient { get; set; }
}
