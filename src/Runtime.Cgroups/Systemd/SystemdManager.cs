using System.Globalization;
using Runtime.Linux;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// The manager object of a systemd instance, org.freedesktop.systemd1(5). Root reaches it through its own socket, which
/// needs no bus daemon; everybody through the bus.
/// </summary>
internal sealed class SystemdManager : IDisposable
{
    // Milliseconds: for the answer to a call, and for the end of a job (systemd gives one 90 s by default).
    private const int AnswerTime = 30_000;
    private const int JobTime = 100_000;

    private const string Destination = "org.freedesktop.systemd1";
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const string ManagerInterface = "org.freedesktop.systemd1.Manager";

    private readonly DbusConnection _connection;
    private bool _isBus;

    private SystemdManager(DbusConnection connection) => _connection = connection;

    /// <summary>Connects to the system's instance, or to the user's.</summary>
    /// <exception cref="CgroupException">None answers.</exception>
    /// <exception cref="DbusException">It refuses.</exception>
    public static SystemdManager Connect(bool user)
    {
        List<(string Path, bool IsBus)> sockets = user ? UserSockets() : SystemSockets();
        foreach ((string path, bool isBus) in sockets)
        {
            if (DbusConnection.TryConnect(path, Deadline(AnswerTime)) is { } connection)
            {
                var manager = new SystemdManager(connection);
                if (isBus)
                {
                    manager.Bus("Hello");
                }

                return manager;
            }
        }

        string tried = sockets.Count == 0 ? "XDG_RUNTIME_DIR is not set" : string.Join(" and ", sockets.ConvertAll(s => s.Path)) + " do not answer";
        throw new CgroupException(string.Empty, $"connect to systemd: {tried}: is systemd running{(user ? " for this user" : string.Empty)}? else use --cgroup-manager cgroupfs");
    }

    /// <summary>The first number of systemd's version; 0 where it is not said.</summary>
    public int Version()
    {
        string text = Property("Version");
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        return int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0;
    }

    /// <summary>The cgroup below which the instance keeps its units, empty for the root of the hierarchy.</summary>
    public string ControlGroup() => Property("ControlGroup").TrimEnd('/');

    /// <summary>
    /// StartTransientUnit, and waits until its job is done. A failed unit of the name that an earlier container left is
    /// reset and does not stand in the way.
    /// </summary>
    /// <exception cref="DbusException">It could not be started.</exception>
    public void StartTransientUnit(string unit, List<UnitProperty> properties)
    {
        Subscribe();
        DbusMessage reply;
        try
        {
            reply = Start(unit, properties);
        }
        catch (DbusException e) when (e.Name == "org.freedesktop.systemd1.UnitExists")
        {
            ResetFailedUnit(unit);
            reply = Start(unit, properties);
        }

        WaitForJob(unit, new DbusReader(reply.Body).String());
    }

    /// <summary>StopUnit, and waits until its job is done. A unit that is gone is no error.</summary>
    /// <exception cref="DbusException">It could not be stopped.</exception>
    public void StopUnit(string unit)
    {
        Subscribe();
        var arguments = new DbusWriter();
        arguments.String(unit);
        arguments.String("replace");
        try
        {
            DbusMessage reply = Call("StopUnit", "ss", arguments);
            WaitForJob(unit, new DbusReader(reply.Body).String());
        }
        catch (DbusException e) when (e.Name == "org.freedesktop.systemd1.NoSuchUnit")
        {
            return;
        }

        ResetFailedUnit(unit);
    }

    /// <summary>SetUnitProperties, for as long as the unit runs.</summary>
    /// <exception cref="DbusException">One is refused.</exception>
    public void SetUnitProperties(string unit, List<UnitProperty> properties)
    {
        var arguments = new DbusWriter();
        arguments.String(unit);
        arguments.Boolean(true);
        UnitProperty.WriteAll(arguments, properties);
        Call("SetUnitProperties", "sba(sv)", arguments);
    }

    /// <summary>AttachProcessesToUnit: into the unit's cgroup, or one below it.</summary>
    /// <exception cref="DbusException">It is refused.</exception>
    public void AttachProcess(string unit, string below, int pid)
    {
        var arguments = new DbusWriter();
        arguments.String(unit);
        arguments.String(below);
        (int, int) pids = arguments.BeginArray(4);
        arguments.UInt32((uint)pid);
        arguments.EndArray(pids);
        Call("AttachProcessesToUnit", "ssau", arguments);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _connection.Dispose();

    /// <summary>Path of a bus address such as <c>unix:path=/run/user/1000/bus,guid=…;…</c>; null where it is another kind.</summary>
    internal static string? PathOfAddress(string? address)
    {
        foreach (string one in (address ?? string.Empty).Split(';'))
        {
            const string Key = "unix:path=";
            if (one.StartsWith(Key, StringComparison.Ordinal))
            {
                int comma = one.IndexOf(',');
                return Uri.UnescapeDataString(comma < 0 ? one[Key.Length..] : one[Key.Length..comma]);
            }
        }

        return null;
    }

    private static List<(string Path, bool IsBus)> SystemSockets() =>
    [
        ("/run/systemd/private", false),
        (PathOfAddress(Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS")) ?? "/run/dbus/system_bus_socket", true),
    ];

    private static List<(string Path, bool IsBus)> UserSockets()
    {
        var sockets = new List<(string, bool)>();
        string? directory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (!string.IsNullOrEmpty(directory))
        {
            sockets.Add((directory + "/systemd/private", false));
        }

        if (PathOfAddress(Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS")) is { } bus)
        {
            sockets.Add((bus, true));
        }
        else if (!string.IsNullOrEmpty(directory))
        {
            sockets.Add((directory + "/bus", true));
        }

        return sockets;
    }

    private string Property(string name)
    {
        var arguments = new DbusWriter();
        arguments.String(ManagerInterface);
        arguments.String(name);
        DbusMessage reply = _connection.Call(Deadline(AnswerTime), Destination, ManagerPath, "org.freedesktop.DBus.Properties", "Get", "ss", arguments);
        var reader = new DbusReader(reply.Body);
        return reader.Signature() == "s" ? reader.String() : string.Empty;
    }

    // Without it systemd sends no signals; on the bus the match directs them here.
    private void Subscribe()
    {
        Call("Subscribe");
        if (_isBus)
        {
            var arguments = new DbusWriter();
            arguments.String($"type='signal',sender='{Destination}',path='{ManagerPath}',interface='{ManagerInterface}',member='JobRemoved'");
            Bus("AddMatch", "s", arguments);
        }
    }

    private DbusMessage Start(string unit, List<UnitProperty> properties)
    {
        var arguments = new DbusWriter();
        arguments.String(unit);
        arguments.String("replace");
        UnitProperty.WriteAll(arguments, properties);
        arguments.EndArray(arguments.BeginArray(8)); // a(sa(sv)): no auxiliary units
        return Call("StartTransientUnit", "ssa(sv)a(sa(sv))", arguments);
    }

    private void ResetFailedUnit(string unit)
    {
        var arguments = new DbusWriter();
        arguments.String(unit);
        try
        {
            Call("ResetFailedUnit", "s", arguments);
        }
        catch (DbusException e) when (e.Name == "org.freedesktop.systemd1.NoSuchUnit")
        {
            // Not there, or collected meanwhile.
        }
    }

    private static long Deadline(int milliseconds) => Environment.TickCount64 + milliseconds;

    private void WaitForJob(string unit, string job)
    {
        long deadline = Deadline(JobTime);
        while (true)
        {
            DbusMessage signal = _connection.NextSignal(deadline);
            if (signal.Member != "JobRemoved" || signal.Signature != "uoss")
            {
                continue;
            }

            var reader = new DbusReader(signal.Body);
            reader.UInt32();
            if (reader.String() == job)
            {
                reader.String();
                string result = reader.String();
                if (result != "done")
                {
                    throw new DbusException("job " + result, $"systemd did not finish the job of {unit}: see journalctl --unit {unit}");
                }

                return;
            }
        }
    }

    private DbusMessage Call(string member, string signature = "", DbusWriter? arguments = null) =>
        _connection.Call(Deadline(AnswerTime), Destination, ManagerPath, ManagerInterface, member, signature, arguments);

    private void Bus(string member, string signature = "", DbusWriter? arguments = null)
    {
        _isBus = true;
        _connection.Call(Deadline(AnswerTime), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, signature, arguments);
    }
}
