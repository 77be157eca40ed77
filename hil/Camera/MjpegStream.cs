namespace Edge.Hil.Camera;

/// <summary>
/// The pictures of one camera on their way to any number of clients: each gets the newest, and one that reads too slowly misses some.
/// <see cref="Publish"/> never waits for a client.
/// </summary>
public sealed class MjpegStream
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim[] _clients;
    private byte[] _frame = [];
    private int _length;
    private long _sequence;
    private StreamState _state = StreamState.Running;

    internal MjpegStream(string name, int maxClients)
    {
        Name = name;
        _clients = new ManualResetEventSlim[maxClients];
        for (var i = 0; i < maxClients; i++)
            _clients[i] = new ManualResetEventSlim();
    }

    /// <summary>Name of the camera.</summary>
    public string Name { get; }

    /// <summary>Pictures published and not withheld since construction.</summary>
    public long Published => Volatile.Read(ref _sequence);

    /// <summary>Gives the clients a new picture, a whole JPEG file. Allocates only when a picture is larger than any before.</summary>
    public void Publish(ReadOnlySpan<byte> jpeg)
    {
        lock (_gate)
        {
            if (_state != StreamState.Running)
                return;

            if (_frame.Length < jpeg.Length)
                _frame = new byte[jpeg.Length + (jpeg.Length / 4)];
            jpeg.CopyTo(_frame);
            _length = jpeg.Length;
            _sequence++;
        }

        Wake();
    }

    /// <summary>The camera hangs: connections stay, pictures do not come.</summary>
    public void Pause() => SetState(StreamState.Paused);

    /// <summary>The camera is gone: connections close, new ones are turned away.</summary>
    public void Stop() => SetState(StreamState.Stopped);

    /// <summary>Ends <see cref="Pause"/> and <see cref="Stop"/>.</summary>
    public void Resume() => SetState(StreamState.Running);

    internal bool IsStopped
    {
        get
        {
            lock (_gate)
                return _state == StreamState.Stopped;
        }
    }

    /// <summary>
    /// Copies the newest picture behind <paramref name="offset"/> bytes if the client has not seen it. Returns its length, 0 when there is none yet.
    /// </summary>
    internal int CopyNewest(int client, ref long seen, ref byte[] buffer, int offset)
    {
        // Before looking, so that what comes after the look ends the next wait.
        _clients[client].Reset();
        lock (_gate)
        {
            if (_state != StreamState.Running || _sequence == seen)
                return 0;

            seen = _sequence;
            if (buffer.Length < offset + _frame.Length + 2)
                buffer = new byte[offset + _frame.Length + 2];
            _frame.AsSpan(0, _length).CopyTo(buffer.AsSpan(offset));
            return _length;
        }
    }

    /// <summary>Waits until something may have changed since this client last looked.</summary>
    internal void Wait(int client, int milliseconds) => _clients[client].Wait(milliseconds);

    internal void Wake()
    {
        foreach (var client in _clients)
            client.Set();
    }

    private void SetState(StreamState state)
    {
        lock (_gate)
            _state = state;
        Wake();
    }

    private enum StreamState
    {
        Running,
        Paused,
        Stopped,
    }
}
