using OciSpec;
using Runtime.State;

namespace Runtime.Lifecycle;

/// <summary>What <c>state</c> and <c>list --format json</c> print: the specification's state with runc's additions.</summary>
public static class StateJson
{
    /// <summary>One container, indented.</summary>
    public static ReadOnlySpan<byte> One(ContainerView view)
    {
        var json = new JsonWriter(indented: true);
        Write(json, view);
        json.WriteLineFeed();
        return json.Written;
    }

    /// <summary>An array of containers on one line.</summary>
    public static ReadOnlySpan<byte> Many(IReadOnlyList<ContainerView> views)
    {
        var json = new JsonWriter(indented: false);
        json.WriteStartArray();
        foreach (ContainerView view in views)
        {
            Write(json, view);
        }

        json.WriteEndArray();
        json.WriteLineFeed();
        return json.Written;
    }

    private static void Write(JsonWriter json, ContainerView view)
    {
        ContainerRecord record = view.Record ?? new ContainerRecord();
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, record.OciVersion);
        json.WriteString("id"u8, view.Id);
        json.WriteNumber("pid"u8, (long)view.Pid);
        json.WriteString("status"u8, view.Status.Name());
        json.WriteString("bundle"u8, record.Bundle);
        json.WriteString("rootfs"u8, record.Rootfs);
        json.WriteString("created"u8, record.Created);
        if (record.Annotations is { Count: > 0 } annotations)
        {
            json.WritePropertyName("annotations"u8);
            JsonOutput.WriteStringMap(json, annotations);
        }

        json.WriteString("owner"u8, UserNames.Of(record.OwnerUid));
        json.WriteEndObject();
    }
}
