using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/rdma</c>: rdma.max, handles and objects of each device.</summary>
internal static class RdmaController
{
    public static void Compile(Dictionary<string, LinuxRdma>? devices, LimitList list)
    {
        if (devices is null)
        {
            return;
        }

        foreach ((string device, LinuxRdma limit) in devices)
        {
            string pointer = JsonPointer.Append("/rdma", device);
            if (device.Length == 0 || device.AsSpan().ContainsAny(" \n\0"))
            {
                throw new CgroupException(LimitList.Root + pointer, "the key is the name of an rdma device");
            }

            string value = device;
            if (limit.HcaHandles is { } handles)
            {
                value += string.Create(CultureInfo.InvariantCulture, $" hca_handle={handles}");
            }

            if (limit.HcaObjects is { } objects)
            {
                value += string.Create(CultureInfo.InvariantCulture, $" hca_object={objects}");
            }

            if (value.Length == device.Length)
            {
                throw new CgroupException(LimitList.Root + pointer, "hcaHandles or hcaObjects is required");
            }

            list.Add(pointer, "rdma.max", value);
        }
    }
}
