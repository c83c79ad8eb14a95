using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Runtime.State;

namespace Runtime.Lifecycle;

/// <summary>What <c>state</c> and <c>list --format json</c> print: the specification's state with runc's additions.</summary>
public static class StateJson
{
    /// <summary>One container, indented.</summary>
    public static ReadOnlySpan<byte> One(ContainerView view)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options(indented: true));
        Write(json, view);
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    /// <summary>An array of containers on one line.</summary>
    public static ReadOnlySpan<byte> Many(IReadOnlyList<ContainerView> views)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, Options(indented: false));
        json.WriteStartArray();
        foreach (ContainerView view in views)
        {
            Write(json, view);
        }

        json.WriteEndArray();
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static JsonWriterOptions Options(bool indented) =>
        new() { Indented = indented, SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void Write(Utf8JsonWriter json, ContainerView view)
    {
        ContainerRecord record = view.Record ?? new ContainerRecord();
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, record.OciVersion);
        json.WriteString("id"u8, view.Id);
        json.WriteNumber("pid"u8, view.Pid);
        json.WriteString("status"u8, view.Status.Name());
        json.WriteString("bundle"u8, record.Bundle);
        json.WriteString("rootfs"u8, record.Rootfs);
        json.WriteString("created"u8, record.Created);
        if (record.Annotations is { Count: > 0 } annotations)
        {
            json.WriteStartObject("annotations"u8);
            foreach (KeyValuePair<string, string> pair in annotations)
            {
                json.WriteString(pair.Key, pair.Value);
            }

            json.WriteEndObject();
        }

        json.WriteString("owner"u8, UserNames.Of(record.OwnerUid));
        json.WriteEndObject();
    }
}
