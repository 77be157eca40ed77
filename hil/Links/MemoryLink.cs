using Edge.Buses;

namespace Edge.Hil.Links;

/// <summary>
/// One end of an in-memory byte stream in both directions, in place of a cable: what is written at one end is read at the other, in order,
/// in the same call sequence every time. Each direction has one writer and one reader, which may be different threads. Never allocates after construction.
/// </summary>
public sealed class MemoryLink : IByteLink
{
    private readonly Ring _incoming;
    private readonly Ring _outgoing;

    private MemoryLink(Ring incoming, Ring outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    /// <summary>Makes the two ends of a cable that holds up to <paramref name="capacityBytes"/> (rounded up to a power of two) in each direction.</summary>
    public static (MemoryLink Host, MemoryLink Device) CreatePair(int capacityBytes = 16384)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacityBytes, 1 << 24);
        var toDevice = new Ring(capacityBytes);
        var toHost = new Ring(capacityBytes);
        return (new MemoryLink(toHost, toDevice), new MemoryLink(toDevice, toHost));
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        // The order matters: the writer may fill the ring and leave between the two looks.
        var closed = _incoming.Closed;
        var count = _incoming.Read(buffer);
        return count == 0 && closed && buffer.Length > 0 ? -1 : count;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> data) => _outgoing.Closed ? -1 : _outgoing.Write(data);

    /// <summary>Pulls the cable: the other end reads what is still in it, then sees a broken link.</summary>
    public void Dispose()
    {
        _incoming.Close();
        _outgoing.Close();
    }

    /// <summary>Single-producer, single-consumer byte ring. Positions count bytes since the start and are never reset.</summary>
    private sealed class Ring(int capacityBytes)
    {
        private readonly byte[] _bytes = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacityBytes)];
        private long _written;
        private long _read;
        private volatile bool _closed;

        public bool Closed => _closed;

        public void Close() => _closed = true;

        public int Read(Span<byte> buffer)
        {
            var read = _read;
            var count = (int)Math.Min(Volatile.Read(ref _written) - read, buffer.Length);
            if (count == 0)
                return 0;

            var start = (int)(read & (_bytes.Length - 1));
            var first = Math.Min(count, _bytes.Length - start);
            _bytes.AsSpan(start, first).CopyTo(buffer);
            _bytes.AsSpan(0, count - first).CopyTo(buffer[first..]);
            Volatile.Write(ref _read, read + count);
            return count;
        }

        public int Write(ReadOnlySpan<byte> data)
        {
            var written = _written;
            var count = (int)Math.Min(_bytes.Length - (written - Volatile.Read(ref _read)), data.Length);
            if (count == 0)
                return 0;

            var start = (int)(written & (_bytes.Length - 1));
            var first = Math.Min(count, _bytes.Length - start);
            data[..first].CopyTo(_bytes.AsSpan(start));
            data[first..count].CopyTo(_bytes);
            Volatile.Write(ref _written, written + count);
            return count;
        }
    }
}
