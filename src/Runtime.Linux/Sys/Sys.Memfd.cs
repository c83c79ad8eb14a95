using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>memfd_create(2) with MFD_CLOEXEC. The caller owns it.</summary>
    public static Fd MemfdCreate(string name, int flags = 0)
    {
        var text = new CString(name, stackalloc byte[64]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result = Result(LibC.memfd_create(p, (uint)(flags | MFD_CLOEXEC)));
            Check(result, $"memfd_create(\"{name}\")");
            return new Fd((int)result);
        }
    }
}
