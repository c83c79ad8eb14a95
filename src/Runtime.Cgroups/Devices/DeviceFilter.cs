using System.Runtime.InteropServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Devices;

/// <summary>
/// Attaches device programs to cgroups, bpf(2). A filter holds for the cgroup and all below it, beside those that
/// others attached (BPF_F_ALLOW_MULTI: each of them must allow), and goes away with the cgroup.
/// </summary>
public static unsafe partial class DeviceFilter
{
    private const int AttrSize = 512;
    private const int MostPrograms = 64;

    // Names the program in `bpftool prog`, and tells our own from systemd's.
    private static ReadOnlySpan<byte> ProgramName => "cctl_devices\0"u8;

    /// <summary>Attaches a first filter to a fresh cgroup. CAP_BPF or CAP_SYS_ADMIN in the initial user namespace; EPERM without.</summary>
    public static Errno TryAttach(Fd cgroup, ReadOnlySpan<bpf_insn> program) => TryAttach(cgroup, program, replaced: null);

    /// <summary>
    /// Puts a new filter in the place of the one that this runtime attached, as one step (BPF_F_REPLACE, Linux 5.6): no
    /// access goes by between the two. Attaches it where there was none.
    /// </summary>
    public static Errno TryReplace(Fd cgroup, ReadOnlySpan<bpf_insn> program)
    {
        Errno errno = TryQuery(cgroup, out List<uint> ids);
        if (errno != Errno.OK)
        {
            return errno;
        }

        foreach (uint id in ids)
        {
            using Fd? old = OpenOwn(id);
            if (old is not null)
            {
                return TryAttach(cgroup, program, old);
            }
        }

        return TryAttach(cgroup, program, replaced: null);
    }

    /// <summary>The ids of the device programs attached to the cgroup itself, in their order (BPF_PROG_QUERY).</summary>
    public static Errno TryQuery(Fd cgroup, out List<uint> ids)
    {
        ids = [];
        Span<byte> attr = stackalloc byte[AttrSize];
        attr.Clear();
        // SAFETY: the kernel writes at most prog_cnt ids, and that is the size of this array.
        uint* found = stackalloc uint[MostPrograms];
        // union bpf_attr, query: target_fd, attach_type, query_flags, attach_flags, prog_ids, prog_cnt.
        Put(attr, 0, cgroup.Number);
        Put(attr, 4, BPF_CGROUP_DEVICE);
        Put(attr, 16, (long)found);
        Put(attr, 24, MostPrograms);
        nint result = Sys.Bpf(BPF_PROG_QUERY, attr);
        if (result < 0)
        {
            return (Errno)(-(int)result);
        }

        int count = MemoryMarshal.Read<int>(attr[24..]);
        for (int i = 0; i < Math.Min(count, MostPrograms); i++)
        {
            ids.Add(found[i]);
        }

        return Errno.OK;
    }

    private static Errno TryAttach(Fd cgroup, ReadOnlySpan<bpf_insn> program, Fd? replaced)
    {
        Errno errno = TryLoad(program, out Fd? loaded);
        if (loaded is null)
        {
            return errno;
        }

        // The attachment holds the program; the fd is needed no longer.
        using Fd fd = loaded;
        Span<byte> attr = stackalloc byte[AttrSize];
        attr.Clear();
        // union bpf_attr, attach: target_fd, attach_bpf_fd, attach_type, attach_flags, replace_bpf_fd.
        Put(attr, 0, cgroup.Number);
        Put(attr, 4, fd.Number);
        Put(attr, 8, BPF_CGROUP_DEVICE);
        Put(attr, 12, BPF_F_ALLOW_MULTI | (replaced is null ? 0 : BPF_F_REPLACE));
        Put(attr, 16, replaced?.Number ?? 0);
        nint result = Sys.Bpf(BPF_PROG_ATTACH, attr);
        return result < 0 ? (Errno)(-(int)result) : Errno.OK;
    }

    private static Errno TryLoad(ReadOnlySpan<bpf_insn> program, out Fd? fd)
    {
        Span<byte> attr = stackalloc byte[AttrSize];
        attr.Clear();
        // SAFETY: program and literals are pinned, or constants of the executable, until the call returns.
        fixed (bpf_insn* instructions = program)
        fixed (byte* license = "Apache-2.0\0"u8)
        {
            // union bpf_attr, load: prog_type, insn_cnt, insns, license, …, prog_name at 48.
            Put(attr, 0, BPF_PROG_TYPE_CGROUP_DEVICE);
            Put(attr, 4, program.Length);
            Put(attr, 8, (long)instructions);
            Put(attr, 16, (long)license);
            ProgramName.CopyTo(attr[48..]);
            nint result = Sys.Bpf(BPF_PROG_LOAD, attr);
            // bpf(2) opens every fd close-on-exec.
            fd = result >= 0 ? new Fd((int)result) : null;
            return result < 0 ? (Errno)(-(int)result) : Errno.OK;
        }
    }

    // The program of this id if this runtime loaded it. The caller owns the fd.
    private static Fd? OpenOwn(uint id)
    {
        Span<byte> attr = stackalloc byte[AttrSize];
        attr.Clear();
        Put(attr, 0, (int)id);
        nint result = Sys.Bpf(BPF_PROG_GET_FD_BY_ID, attr);
        if (result < 0)
        {
            return null;
        }

        var fd = new Fd((int)result);
        // SAFETY: info_len keeps the kernel within 80 bytes; the buffer has more, for kernels that do not keep to it.
        byte* info = stackalloc byte[AttrSize];
        new Span<byte>(info, AttrSize).Clear();
        attr.Clear();
        // union bpf_attr, info: bpf_fd, info_len, info. struct bpf_prog_info has its name at 64, 16 bytes.
        Put(attr, 0, fd.Number);
        Put(attr, 4, 80);
        Put(attr, 8, (long)info);
        if (Sys.Bpf(BPF_OBJ_GET_INFO_BY_FD, attr) == 0 && new ReadOnlySpan<byte>(info + 64, 16).StartsWith(ProgramName))
        {
            return fd;
        }

        fd.Dispose();
        return null;
    }

    private static void Put(Span<byte> attr, int offset, int value) => MemoryMarshal.Write(attr[offset..], value);

    private static void Put(Span<byte> attr, int offset, long value) => MemoryMarshal.Write(attr[offset..], value);
}
