using Edge.Buses;

namespace Edge.Hil.Emulation;

/// <summary>Bytes of a device that wait for its link, which takes as many as it likes. Allocates nothing after construction.</summary>
internal sealed class OutputBuffer(IByteLink link, int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _length;

    /// <summary>The link is gone; what waited is lost.</summary>
    public bool LinkBroken { get; private set; }

    /// <summary>Where the next bytes go; <see cref="Append"/> makes them part of what waits.</summary>
    public Span<byte> Free => _bytes.AsSpan(_length);

    /// <summary>The first bytes of <see cref="Free"/> are written.</summary>
    public void Append(int count) => _length += count;

    /// <summary>Hands the link what it takes now.</summary>
    public void Flush()
    {
        if (_length == 0)
            return;

        var count = link.Write(_bytes.AsSpan(0, _length));
        if (count < 0)
        {
            LinkBroken = true;
            _length = 0;
            return;
        }

        _bytes.AsSpan(count, _length - count).CopyTo(_bytes);
        _length -= count;
    }
}
