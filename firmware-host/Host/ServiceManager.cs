using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Edge.Control;

namespace Edge.Host;

/// <summary>
/// Tells the service manager how the controller is: systemd's sd_notify protocol, a datagram socket that <see cref="SocketVariable"/> names. Where nobody asks
/// for it, nothing is told. The watchdog is fed by the loop's ticks: a loop that stands still gets the service killed and started anew, disarmed.
/// </summary>
public sealed class ServiceManager : IDisposable
{
    /// <summary>Environment variable with the socket's path; one that begins with @ is abstract.</summary>
    public const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Environment variable with the microseconds after which an unfed service is killed.</summary>
    public const string WatchdogVariable = "WATCHDOG_USEC";

    private readonly Socket? _socket;
    private readonly long _feedPeriodNs;
    private long _fedNs;
    private long _fedTick = -1;
    private (ControlState State, ReactionCause Cause)? _told;

    /// <summary>Connects; null for a path: there is no service manager.</summary>
    /// <param name="path">Value of <see cref="SocketVariable"/>.</param>
    /// <param name="watchdogUs">Value of <see cref="WatchdogVariable"/>; null or no number: there is no watchdog.</param>
    /// <param name="log">Where it is said that the socket cannot be reached.</param>
    public ServiceManager(string? path, string? watchdogUs, TextWriter log)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (string.IsNullOrEmpty(path))
            return;
        // Twice within the time, as systemd advises.
        if (long.TryParse(watchdogUs, NumberStyles.None, CultureInfo.InvariantCulture, out var us))
            _feedPeriodNs = us * 1000 / 2;
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
            socket.Blocking = false; // a full queue must not hold up who tells
            _socket = socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            log.WriteLine($"edge: warning: the service manager's socket {path} cannot be reached ({e.Message})");
        }
    }

    /// <summary>As the environment of the process says.</summary>
    public static ServiceManager FromEnvironment(TextWriter log) =>
        new(Environment.GetEnvironmentVariable(SocketVariable), Environment.GetEnvironmentVariable(WatchdogVariable), log);

    /// <summary>The controller is up. From here on the watchdog bites.</summary>
    public void Ready() => Tell("READY=1"u8);

    /// <summary>The controller is about to end, as it was told to.</summary>
    public void Stopping() => Tell("STOPPING=1"u8);

    /// <summary>Tells a new state, and feeds the watchdog where the loop has ticked since it was last fed. Allocates only where the state is new.</summary>
    public void Tick(long nowNs, in RobotSnapshot robot)
    {
        if (_socket is null)
            return;
        if (_told != (robot.State, robot.Cause))
        {
            _told = (robot.State, robot.Cause);
            Tell(Encoding.UTF8.GetBytes(robot.Cause == ReactionCause.None ? $"STATUS={robot.State}" : $"STATUS={robot.State}: {robot.Cause}"));
        }

        if (_feedPeriodNs > 0 && nowNs - _fedNs >= _feedPeriodNs && robot.Tick != _fedTick && Tell("WATCHDOG=1"u8))
            (_fedNs, _fedTick) = (nowNs, robot.Tick);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private bool Tell(ReadOnlySpan<byte> message)
    {
        if (_socket is null)
            return false;
        _socket.Send(message, SocketFlags.None, out var error);
        return error == SocketError.Success;
    }
}
