using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Edge.Hil.Camera;

/// <summary>
/// Serves the rig's cameras on the loopback interface as IP cameras do: GET /&lt;camera&gt;.mjpg answers with an endless multipart of JPEG files
/// (multipart/x-mixed-replace), which OpenCV, ffmpeg and browsers open by address.
/// </summary>
public sealed class MjpegServer : IDisposable
{
    private const int MaxClients = 16;
    private const int MaxRequestBytes = 4096;
    private const int SocketTimeoutMs = 5000;
    private const int PartHeaderBytes = 96; // room before a picture for its part header
    private const int LookAfterMs = 500;    // how often a client without pictures is looked after

    private readonly MjpegStream[] _streams;
    private readonly Socket _listener;
    private readonly Thread _acceptThread;
    private readonly Socket?[] _clients = new Socket?[MaxClients];
    private readonly Thread?[] _clientThreads = new Thread?[MaxClients];
    private readonly Lock _gate = new();
    private volatile bool _disposed;

    /// <summary>Opens the port (0: any free one) and serves these cameras.</summary>
    public MjpegServer(int port, params string[] cameras)
    {
        ArgumentNullException.ThrowIfNull(cameras);
        _streams = [.. cameras.Select(name => new MjpegStream(name, MaxClients))];
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(MaxClients);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _acceptThread = new Thread(AcceptLoop) { Name = "mjpeg accept", IsBackground = true };
        _acceptThread.Start();
    }

    /// <summary>TCP port in use.</summary>
    public int Port { get; }

    /// <summary>The pictures of one camera.</summary>
    /// <exception cref="ArgumentException">No such camera.</exception>
    public MjpegStream Camera(string name) =>
        Array.Find(_streams, stream => stream.Name == name)
        ?? throw new ArgumentException($"Camera: found \"{name}\", allowed {string.Join(", ", _streams.Select(stream => stream.Name))}.", nameof(name));

    /// <summary>Address of one camera, as a robot file's "source" names it.</summary>
    public string Address(string camera) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/{Camera(camera).Name}.mjpg");

    /// <summary>Closes the port and all connections.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        _listener.Dispose();
        _acceptThread.Join();
        lock (_gate)
        {
            foreach (var client in _clients)
                client?.Dispose();
        }

        foreach (var stream in _streams)
            stream.Wake();
        foreach (var thread in _clientThreads)
            thread?.Join();
    }

    private void AcceptLoop()
    {
        while (!_disposed)
        {
            Socket client;
            try
            {
                client = _listener.Accept();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_disposed)
                    return;
                Thread.Sleep(10); // out of descriptors, or a client that left in between
                continue;
            }

            client.NoDelay = true;
            client.ReceiveTimeout = SocketTimeoutMs;
            client.SendTimeout = SocketTimeoutMs;
            if (!TryStart(client))
                client.Dispose();
        }
    }

    private bool TryStart(Socket client)
    {
        lock (_gate)
        {
            var slot = Array.IndexOf(_clients, null);
            if (slot < 0 || _disposed)
                return false;

            _clients[slot] = client;
            _clientThreads[slot] = new Thread(() => Serve(client, slot)) { Name = "mjpeg client", IsBackground = true };
            _clientThreads[slot]!.Start();
            return true;
        }
    }

    private void Serve(Socket client, int slot)
    {
        try
        {
            var path = ReadRequest(client);
            var stream = path is null ? null : Array.Find(_streams, candidate => path == $"/{candidate.Name}.mjpg");
            if (path is null)
                Answer(client, "400 Bad Request");
            else if (stream is null)
                Answer(client, "404 Not Found");
            else if (stream.IsStopped)
                Answer(client, "503 Service Unavailable");
            else
                Stream(client, stream, slot);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client left, or we did.
        }
        finally
        {
            // In this order, so that a client that sees the end may come back at once.
            lock (_gate)
                _clients[slot] = null;
            client.Dispose();
        }
    }

    private void Stream(Socket client, MjpegStream stream, int slot)
    {
        Send(
            client,
            "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"u8);
        var buffer = new byte[PartHeaderBytes];
        Span<byte> header = stackalloc byte[PartHeaderBytes];
        long seen = 0;
        while (!_disposed && !stream.IsStopped)
        {
            var length = stream.CopyNewest(slot, ref seen, ref buffer, PartHeaderBytes);
            if (length == 0)
            {
                if (client.Poll(0, SelectMode.SelectRead) && client.Available == 0)
                    return; // the client closed its side
                stream.Wait(slot, LookAfterMs);
                continue;
            }

            // The header ends where the picture begins, so that one send carries both.
            System.Text.Unicode.Utf8.TryWrite(header, CultureInfo.InvariantCulture, $"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n", out var headerLength);
            header[..headerLength].CopyTo(buffer.AsSpan(PartHeaderBytes - headerLength));
            "\r\n"u8.CopyTo(buffer.AsSpan(PartHeaderBytes + length));
            Send(client, buffer.AsSpan(PartHeaderBytes - headerLength, headerLength + length + 2));
        }
    }

    /// <summary>Reads a request's head; returns the path of a GET, or null.</summary>
    private static string? ReadRequest(Socket client)
    {
        var buffer = new byte[MaxRequestBytes];
        var length = 0;
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var count = length < buffer.Length ? client.Receive(buffer.AsSpan(length)) : 0;
            if (count == 0)
                return null;
            length += count;
        }

        var line = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan().IndexOf("\r\n"u8)).Split(' ');
        return line is ["GET", var target, _] ? target.Split('?')[0] : null;
    }

    private static void Answer(Socket client, string status) =>
        Send(client, Encoding.ASCII.GetBytes($"HTTP/1.0 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));

    private static void Send(Socket client, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
            data = data[client.Send(data)..];
    }
}
