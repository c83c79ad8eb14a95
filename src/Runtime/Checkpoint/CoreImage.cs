namespace Runtime.Checkpoint;

/// <summary>
/// A thread's core-PID.img. Credentials, limits and scores are looked at once the kernel has them (<see
/// cref="RestoredProcesses"/>); here is what it does not show, or what stays after the thread. (criu's images/core.proto)
/// </summary>
internal static class CoreImage
{
    private const int Task = 3;
    private const int LoginUser = 13;

    /// <summary>
    /// The image that criu gets: without the user of the audit log, which is then the restoring caller's, as a launch's is.
    /// </summary>
    /// <exception cref="ImageException">It has securebits, and the guest could not have set them.</exception>
    public static byte[] Rewrite(string image, ReadOnlySpan<byte> bytes, ImageRules rules)
    {
        List<byte[]> records = ImageRecords.Read(image, bytes, ImageKind.CoreMagic);
        if (records.Count != 1)
        {
            throw new ImageException(image, "it has not one part");
        }

        const int CAP_SETPCAP = 8;
        uint securebits = new ImageMessage(image, records[0]).Message(5)?.Message(10)?.Number(13) ?? 0;
        if (securebits != 0 && !rules.Allows(CAP_SETPCAP, overHost: false))
        {
            throw new ImageException(image, $"/process/capabilities: securebits {securebits:x} need CAP_SETPCAP");
        }

        return ImageRecords.Write(ImageKind.CoreMagic, [Without(records[0])]);
    }

    private static byte[] Without(byte[] core)
    {
        var written = new ProtobufWriter();
        var fields = new ProtobufReader(core);
        while (fields.MoveNext())
        {
            if (fields.Field != Task)
            {
                written.Copy(fields.Raw);
                continue;
            }

            var task = new ProtobufWriter();
            var inner = new ProtobufReader(fields.Message);
            while (inner.MoveNext())
            {
                if (inner.Field != LoginUser)
                {
                    task.Copy(inner.Raw);
                }
            }

            written.Bytes(Task, task.ToArray());
        }

        return written.ToArray();
    }
}
