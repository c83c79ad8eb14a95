using System.Text.Json;
using OciSpec;
using Runtime.Owned;

namespace Runtime.State;

/// <summary>
/// The record as JSON. Written and read by hand: it is on the path of every launch, and its reader must say which file
/// is damaged instead of guessing. Unknown properties are skipped: a newer cctl may have written them.
/// </summary>
internal static class RecordJson
{
    internal static ReadOnlySpan<byte> Write(ContainerRecord record)
    {
        var json = new JsonWriter(indented: false);
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, record.OciVersion);
        json.WriteString("id"u8, record.Id);
        json.WriteString("bundle"u8, record.Bundle);
        json.WriteString("rootfs"u8, record.Rootfs);
        json.WriteString("created"u8, record.Created);
        json.WriteNumber("ownerUid"u8, record.OwnerUid);
        json.WriteString("phase"u8, record.Phase switch
        {
            CreationPhase.Created => "created",
            CreationPhase.Launching => "launching",
            _ => "creating",
        });
        json.WriteNumber("pid"u8, (ulong)record.Init.Pid);
        json.WriteNumber("startTicks"u8, record.Init.StartTicks);
        json.WriteString("bootId"u8, record.Init.BootId);
        json.WriteBoolean("rootless"u8, record.Rootless);
        json.WriteBoolean("noPivot"u8, record.NoPivot);
        json.WriteBoolean("noNewKeyring"u8, record.NoNewKeyring);
        json.WriteOptional("keyring"u8, record.Keyring);
        WriteMap(json, "annotations"u8, record.Annotations);
        WriteOwned(json, record.Owned);
        WriteHooks(json, "poststop"u8, record.PoststopHooks);
        WriteHooks(json, "poststart"u8, record.PoststartHooks);
        json.WriteOptional("command"u8, record.Command);
        json.WriteEndObject();
        return json.Written;
    }

    internal static ContainerRecord Read(ReadOnlySpan<byte> bytes, string directory)
    {
        try
        {
            var json = new Utf8JsonReader(bytes);
            return ReadRecord(ref json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ContainerException(
                $"{directory}/{ContainerDirectory.RecordName}: damaged: delete --force removes the container");
        }
    }

    private static CreationPhase ReadPhase(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("created"u8))
        {
            return CreationPhase.Created;
        }

        return json.ValueTextEquals("launching"u8) ? CreationPhase.Launching : CreationPhase.Creating;
    }

    private static ContainerRecord ReadRecord(ref Utf8JsonReader json)
    {
        var record = new ContainerRecord();
        int pid = 0;
        ulong ticks = 0;
        string bootId = string.Empty;
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException();
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            json.Read();
            switch (name)
            {
                case "ociVersion": record.OciVersion = Text(ref json); break;
                case "id": record.Id = Text(ref json); break;
                case "bundle": record.Bundle = Text(ref json); break;
                case "rootfs": record.Rootfs = Text(ref json); break;
                case "created": record.Created = Text(ref json); break;
                case "ownerUid": record.OwnerUid = json.GetUInt32(); break;
                case "phase": record.Phase = ReadPhase(ref json); break;
                case "pid": pid = json.GetInt32(); break;
                case "startTicks": ticks = json.GetUInt64(); break;
                case "bootId": bootId = Text(ref json); break;
                case "rootless": record.Rootless = json.GetBoolean(); break;
                case "noPivot": record.NoPivot = json.GetBoolean(); break;
                case "noNewKeyring": record.NoNewKeyring = json.GetBoolean(); break;
                case "keyring": record.Keyring = json.GetString(); break;
                case "annotations": record.Annotations = ReadMap(ref json); break;
                case "owned": ReadOwned(ref json, record.Owned); break;
                case "poststart": record.PoststartHooks = ReadHooks(ref json); break;
                case "command": record.Command = json.GetString(); break;
                case "poststop": record.PoststopHooks = ReadHooks(ref json); break;
                default: json.Skip(); break;
            }
        }

        record.Init = new ProcessIdentity(pid, ticks, bootId);
        return record;
    }

    private static string Text(ref Utf8JsonReader json) => json.GetString() ?? string.Empty;

    private static void WriteMap(JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string>? map)
    {
        if (map is null || map.Count == 0)
        {
            return;
        }

        json.WritePropertyName(name);
        JsonOutput.WriteStringMap(json, map);
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader json)
    {
        var map = new Dictionary<string, string>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            json.Read();
            map[key] = Text(ref json);
        }

        return map;
    }

    private static void WriteOwned(JsonWriter json, List<OwnedResource> owned)
    {
        if (owned.Count == 0)
        {
            return;
        }

        json.WriteStartArray("owned"u8);
        foreach (OwnedResource resource in owned)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, resource.Kind);
            foreach ((string name, string value) in resource.Facts)
            {
                if (name != "kind")
                {
                    json.WritePropertyName(name);
                    json.WriteStringValue(value);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void ReadOwned(ref Utf8JsonReader json, List<OwnedResource> owned)
    {
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            owned.Add(OwnedResources.Of(ReadMap(ref json)));
        }
    }

    private static void WriteHooks(JsonWriter json, ReadOnlySpan<byte> name, List<Hook>? hooks)
    {
        if (hooks is null || hooks.Count == 0)
        {
            return;
        }

        json.WritePropertyName(name);
        json.WriteStartArray();
        foreach (Hook hook in hooks)
        {
            json.WriteStartObject();
            json.WriteOptional("path"u8, hook.Path);
            WriteList(json, "args"u8, hook.Args);
            WriteList(json, "env"u8, hook.Env);
            if (hook.Timeout is int timeout)
            {
                json.WriteNumber("timeout"u8, (long)timeout);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteList(JsonWriter json, ReadOnlySpan<byte> name, List<string>? list)
    {
        if (list is null)
        {
            return;
        }

        json.WritePropertyName(name);
        JsonOutput.WriteStringList(json, list);
    }

    private static List<Hook> ReadHooks(ref Utf8JsonReader json)
    {
        var hooks = new List<Hook>();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            var hook = new Hook();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                json.Read();
                switch (name)
                {
                    case "path": hook.Path = json.GetString(); break;
                    case "args": hook.Args = ReadList(ref json); break;
                    case "env": hook.Env = ReadList(ref json); break;
                    case "timeout": hook.Timeout = json.GetInt32(); break;
                    default: json.Skip(); break;
                }
            }

            hooks.Add(hook);
        }

        return hooks;
    }

    private static List<string> ReadList(ref Utf8JsonReader json)
    {
        var list = new List<string>();
        while (json.Read() && json.TokenType == JsonTokenType.String)
        {
            list.Add(json.GetString()!);
        }

        return list;
    }
}
