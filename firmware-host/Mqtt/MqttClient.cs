using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>
/// MQTT 5 over libmosquitto on a thread of its own. Connects again by itself with a growing pause, for ever.
/// The library's own loop thread is not used because it ends for good on a protocol or name-service error.
/// </summary>
public sealed unsafe class MqttClient : IDisposable
{
    /// <summary>Larger packets are dropped by the broker.</summary>
    public const int MaxPacketBytes = 64 * 1024;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private const int KeepAliveSeconds = 5; // the will fires after 1.5 times this
    private const int LoopTimeoutMs = 100;
    private const int FirstPauseMs = 200;
    private const int LongestPauseMs = 5_000;
    private const int CloseTimeoutMs = 2_000;
    private const int MaxClosingLoops = 10;

    /// <summary>Messages that wait for a broker which has stopped answering; more are refused until it answers or the keep-alive ends the connection.</summary>
    private const int MaxUnacknowledged = 256;

    private readonly MqttDescription _broker;
    private readonly IMqttHandler _handler;
    private readonly nint _client;
    private readonly GCHandle _self;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stop = new();
    private int _unacknowledged;
    private volatile bool _connected;
    private volatile string _lastError = "not connected yet";
    private string _libraryError = ""; // belongs to the client's thread, as the next
    private bool _answered; // the broker has taken or refused the present connection,
    private bool _explained; // or it is known why it did neither
    private bool _started;
    private bool _disposed;

    /// <summary>Makes the client; <see cref="Start"/> connects.</summary>
    /// <param name="broker">Where the broker is, and the certificates.</param>
    /// <param name="clientId">Unique at the broker; a second one with the same id throws the first out.</param>
    /// <param name="handler">Gets everything, on the client's thread.</param>
    /// <param name="willTopic">Where the broker publishes, retained, <paramref name="will"/> when this client dies; null for nowhere.</param>
    /// <param name="will">Payload of the will.</param>
    /// <exception cref="IOException">A certificate or key cannot be read; the message names the field of the robot file.</exception>
    public MqttClient(MqttDescription broker, string clientId, IMqttHandler handler, MqttTopic? willTopic = null, ReadOnlySpan<byte> will = default)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        ArgumentNullException.ThrowIfNull(handler);
        _broker = broker;
        _handler = handler;
        if (broker.Tls is { } files)
        {
            RequireReadable("caFile", files.CaFile);
            RequireReadable("certFile", files.CertFile);
            RequireReadable("keyFile", files.KeyFile);
        }

        Check(Mosquitto.Initialise());
        _self = GCHandle.Alloc(this);

        // Clean start: tasks sent while this robot was away must not be delivered late.
        _client = Mosquitto.New(clientId, cleanStart: 1, GCHandle.ToIntPtr(_self));
        if (_client == 0)
            throw new InvalidOperationException("libmosquitto has no memory for a client");
        Check(Mosquitto.SetOption(_client, Mosquitto.OptionProtocolVersion, Mosquitto.Protocol5));
        Check(Mosquitto.SetOption(_client, Mosquitto.OptionTcpNoDelay, 1)); // else a QoS 1 round trip takes 44 ms
        Check(Mosquitto.SetThreaded(_client, 1));
        if (broker.Tls is { } tls)
        {
            Check(Mosquitto.SetTls(_client, tls.CaFile, null, tls.CertFile, tls.KeyFile, &NoPassword));
            Mosquitto.OnLog(_client, &Logged);
        }

        Mosquitto.OnConnect(_client, &Connected);
        Mosquitto.OnDisconnect(_client, &Disconnected);
        Mosquitto.OnMessage(_client, &Received);
        Mosquitto.OnPublish(_client, &Published);
        if (willTopic is not null)
        {
            fixed (byte* topic = willTopic.Utf8, payload = will)
                Check(Mosquitto.SetWill(_client, topic, will.Length, payload, qos: 1, retain: 1, 0));
        }

        _thread = new Thread(Run) { Name = "mqtt", IsBackground = true };
    }

    /// <summary>The broker has accepted the connection and it is alive.</summary>
    public bool IsConnected => _connected;

    /// <summary>Why there is no connection; empty while there is one.</summary>
    public string LastError => _lastError;

    /// <summary>Calls of the handler that threw; each is a defect of the handler.</summary>
    public long HandlerFaults { get; private set; }

    /// <summary>Starts the thread, which connects as soon as the broker lets it.</summary>
    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>Subscribes at QoS 1. Call in <see cref="IMqttHandler.OnConnected"/>.</summary>
    public bool Subscribe(MqttTopic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        fixed (byte* name = topic.Utf8)
            return Mosquitto.Subscribe(_client, null, name, qos: 1, options: 0, 0) == 0;
    }

    /// <summary>Publishes, at QoS 1 unless told otherwise. False when there is no connection: nothing is kept for later.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">Copied before this returns.</param>
    /// <param name="retain">The broker keeps it for late subscribers.</param>
    /// <param name="expirySeconds">The broker throws it away after this long; 0 for never.</param>
    /// <param name="responseTopic">Where an answer is wanted; null for nowhere.</param>
    /// <param name="correlation">Correlation data; empty for none.</param>
    /// <param name="atMostOnce">QoS 0: for what the next message replaces anyway.</param>
    public bool TryPublish(
        MqttTopic topic, ReadOnlySpan<byte> payload, bool retain = false, int expirySeconds = 0, string? responseTopic = null,
        ReadOnlySpan<byte> correlation = default, bool atMostOnce = false)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (!_connected || Volatile.Read(ref _unacknowledged) >= MaxUnacknowledged)
            return false;
        nint properties = 0;
        if (expirySeconds > 0)
            _ = Mosquitto.AddInt32(&properties, Mosquitto.PropertyMessageExpiry, (uint)expirySeconds);
        if (responseTopic is not null)
            _ = Mosquitto.AddString(&properties, Mosquitto.PropertyResponseTopic, responseTopic);
        Interlocked.Increment(ref _unacknowledged);
        int result;
        fixed (byte* name = topic.Utf8, data = payload, key = correlation)
        {
            if (correlation.Length > 0)
                _ = Mosquitto.AddBinary(&properties, Mosquitto.PropertyCorrelationData, key, (ushort)Math.Min(correlation.Length, ushort.MaxValue));
            result = Mosquitto.Publish(_client, null, name, payload.Length, data, atMostOnce ? 0 : 1, retain ? (byte)1 : (byte)0, properties);
        }

        if (properties != 0)
            Mosquitto.FreeProperties(&properties);
        if (result == 0)
            return true;
        Interlocked.Decrement(ref _unacknowledged);
        return false;
    }

    /// <summary>Waits until the broker has acknowledged everything published, or for <paramref name="timeout"/>.</summary>
    public bool WaitForAcknowledgements(TimeSpan timeout)
    {
        var start = Stopwatch.GetTimestamp();
        while (_connected && Volatile.Read(ref _unacknowledged) > 0 && Stopwatch.GetElapsedTime(start) < timeout)
            Thread.Sleep(2);
        return Volatile.Read(ref _unacknowledged) <= 0;
    }

    /// <summary>Says goodbye, so that the will is not published, and ends the thread.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_connected)
            _ = Mosquitto.Disconnect(_client);
        _stop.Set();

        // A name server or an unreachable broker may hold the thread in a system call; it then keeps its memory until the process ends.
        if (_started && !_thread.Join(CloseTimeoutMs))
            return;
        Mosquitto.Destroy(_client);
        _self.Free();
        _stop.Dispose();
    }

    /// <summary>The library's return codes say "a TLS error occurred"; which one it was is only in its log. The first one is the cause: others come of using the broken connection.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Logged(nint client, nint context, int level, byte* text)
    {
        var self = From(context);
        if (level == Mosquitto.LogError && self._libraryError.Length == 0)
            self._libraryError = $" {Marshal.PtrToStringUTF8((nint)text)?.Trim()}";
    }

    private static MqttClient From(nint context) => (MqttClient)GCHandle.FromIntPtr(context).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Connected(nint client, nint context, int reason, int flags, nint properties)
    {
        var self = From(context);
        self._answered = true;
        if (reason != 0)
        {
            self._lastError = $"refused by the broker: {Mosquitto.DescribeReason(reason)}";
            return;
        }

        self._connected = true;
        self._lastError = "";
        self.Guard(handler => handler.OnConnected());
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Disconnected(nint client, nint context, int reason, nint properties)
    {
        var self = From(context);
        var wasConnected = self._connected;
        self._connected = false;
        if (wasConnected)
            self._lastError = $"connection lost: {(reason > 128 ? Mosquitto.DescribeReason(reason) : Mosquitto.Describe(reason))}";
        else if (!self._answered)
            self.Explain("closed the connection", reason);
        self.Guard(handler => handler.OnDisconnected(self._lastError));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Published(nint client, nint context, int messageId, int reason, nint properties) =>
        Interlocked.Decrement(ref From(context)._unacknowledged);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Received(nint client, nint context, Mosquitto.Message* message, nint properties)
    {
        var self = From(context);
        try
        {
            self._handler.OnMessage(new MqttMessage
            {
                Topic = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message->Topic),
                Payload = new ReadOnlySpan<byte>(message->Payload, message->Length),
                Retained = message->Retain != 0,
                ResponseTopic = Mosquitto.StringProperty(properties, Mosquitto.PropertyResponseTopic),
                CorrelationData = Mosquitto.BinaryProperty(properties, Mosquitto.PropertyCorrelationData),
            });
        }
        catch (Exception)
        {
            self.HandlerFaults++; // an exception must not cross into C
        }
    }

    /// <summary>A key with a password is refused: without this, the library would ask for it on the terminal.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int NoPassword(byte* buffer, int size, int writing, nint context) => 0;

    private static void RequireReadable(string field, string? path)
    {
        if (path is null)
            return;
        try
        {
            File.OpenRead(path).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"mqtt.tls.{field}: {path} cannot be read: {e.Message}", e);
        }
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new InvalidOperationException($"libmosquitto: {Mosquitto.Describe(result)}");
    }

    private void Explain(string what, int result)
    {
        _lastError = $"broker {_broker.Host}:{_broker.Port} {what}: {Mosquitto.Describe(result)}{_libraryError}";
        _explained = true;
    }

    private void Guard(Action<IMqttHandler> call)
    {
        try
        {
            call(_handler);
        }
        catch (Exception)
        {
            HandlerFaults++; // an exception must not cross into C
        }
    }

    private void Run()
    {
        Scheduling.ShowName();
        var pauseMs = FirstPauseMs;
        var closingLoops = 0;
        while (!_stop.IsSet)
        {
            nint properties = 0;
            _ = Mosquitto.AddInt32(&properties, Mosquitto.PropertyMaximumPacketSize, MaxPacketBytes);
            (_libraryError, _answered, _explained) = ("", false, false);
            var result = Mosquitto.Connect(_client, _broker.Host, _broker.Port, KeepAliveSeconds, null, properties);
            Mosquitto.FreeProperties(&properties);
            if (result != 0)
                Explain("cannot be reached", result);
            var began = Stopwatch.GetTimestamp();
            while (result == 0)
            {
                result = Mosquitto.Loop(_client, LoopTimeoutMs, maxPackets: 1);
                if (result == 0 && !_answered && Stopwatch.GetElapsedTime(began) > AnswerTimeout)
                {
                    // The library does not always tell of a handshake that failed.
                    _lastError = $"broker {_broker.Host}:{_broker.Port} did not answer within {AnswerTimeout.TotalSeconds} s{_libraryError}";
                    break;
                }

                if (_connected)
                    pauseMs = FirstPauseMs;

                // The goodbye is sent by this loop: without it the broker would publish the will.
                if (_stop.IsSet && (!_connected || closingLoops++ > MaxClosingLoops))
                    return;
            }

            // A handshake that fails while the library reads calls nobody: only the return code says so.
            if (result != 0 && !_answered && !_explained)
                Explain("closed the connection", result);
            _connected = false;
            _ = _stop.Wait(pauseMs);
            pauseMs = Math.Min(2 * pauseMs, LongestPauseMs);
        }
    }
}
