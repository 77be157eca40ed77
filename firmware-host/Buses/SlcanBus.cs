namespace Edge.Buses;

/// <summary>
/// A CAN bus behind an SLCAN adapter. Speaks to CANable 2 firmware, which never acknowledges, and bears LAWICEL firmware, which does: CR and BEL between lines are skipped.
/// </summary>
public sealed class SlcanBus : ICanBus
{
    /// <summary>
    /// Bytes that wait for a slow adapter at most: about five ticks of sixteen drives. Small on purpose, because a command that waits is a stale command;
    /// what does not fit is refused, and the silence of the drives tells the rest.
    /// </summary>
    internal const int OutputCapacity = 2048;

    private const byte CarriageReturn = 0x0D;
    private const byte Bell = 0x07;

    private readonly IByteLink _link;
    private readonly bool _flexibleData;
    private readonly byte[] _input = new byte[4096];
    private readonly byte[] _line = new byte[SlcanText.MaxLineChars];
    private readonly byte[] _output = new byte[OutputCapacity];
    private int _inputStart;
    private int _inputEnd;
    private int _lineLength; // one more than the buffer when the line is too long
    private int _outputStart;
    private int _outputEnd;
    private long _sent;
    private long _received;
    private long _refused;
    private long _malformed;
    private bool _broken;
    private bool _disposed;

    /// <summary>Takes the link over and queues the set-up lines, which leave with the first <see cref="Flush"/> calls.</summary>
    /// <param name="link">The adapter; disposed with the bus.</param>
    /// <param name="bitRate">10000, 20000, 50000, 100000, 125000, 250000, 500000 or 1000000 bit/s.</param>
    /// <param name="dataBitRate">2000000 or 5000000 bit/s for CAN FD; null for classic CAN.</param>
    /// <exception cref="BusException">A rate that the adapter does not know.</exception>
    public SlcanBus(IByteLink link, int bitRate, int? dataBitRate = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        _link = link;
        _flexibleData = dataBitRate is not null;

        // S7 is left out: 800 kbit/s by LAWICEL, 750 kbit/s on CANable.
        var rate = bitRate switch
        {
            10_000 => "S0\r"u8,
            20_000 => "S1\r"u8,
            50_000 => "S2\r"u8,
            100_000 => "S3\r"u8,
            125_000 => "S4\r"u8,
            250_000 => "S5\r"u8,
            500_000 => "S6\r"u8,
            1_000_000 => "S8\r"u8,
            _ => throw new BusException($"SLCAN: bitRate {bitRate}; allowed: 10000, 20000, 50000, 100000, 125000, 250000, 500000, 1000000"),
        };
        var dataRate = dataBitRate switch
        {
            null => ""u8,
            2_000_000 => "Y2\r"u8,
            5_000_000 => "Y5\r"u8,
            _ => throw new BusException($"SLCAN: dataBitRate {dataBitRate}; allowed: 2000000, 5000000 (CANable 2)"),
        };

        // The first C ends a line that a killed predecessor may have left half written; the second one closes for certain.
        Queue("C\rC\r"u8);
        Queue(rate);
        Queue(dataRate);
        Queue("M0\rO\r"u8);
        Flush();
    }

    /// <inheritdoc/>
    public CanCounters Counters => new(_sent, _received, _refused, _malformed, _broken);

    /// <inheritdoc/>
    public bool TrySend(in CanFrame frame)
    {
        Span<byte> line = stackalloc byte[SlcanText.MaxFrameChars];
        var length = (frame.Flags & CanFrameFlags.FlexibleData) != 0 && !_flexibleData ? 0 : SlcanText.Format(in frame, line);
        if (length == 0 || _broken || !Queue(line[..length]))
        {
            _refused++;
            return false;
        }

        _sent++;
        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_broken || _outputStart == _outputEnd)
            return;
        var count = _link.Write(_output.AsSpan(_outputStart, _outputEnd - _outputStart));
        if (count < 0)
        {
            _broken = true;
            return;
        }

        _outputStart += count;
        if (_outputStart == _outputEnd)
            _outputStart = _outputEnd = 0;
    }

    /// <inheritdoc/>
    public bool TryReceive(out CanFrame frame)
    {
        // At most one read a call, so that a babbling adapter cannot hold the loop.
        for (var mayRead = true; ; mayRead = false)
        {
            while (_inputStart < _inputEnd)
            {
                var value = _input[_inputStart++];
                if (value is not (CarriageReturn or Bell))
                {
                    if (_lineLength < _line.Length)
                        _line[_lineLength] = value;
                    _lineLength = Math.Min(_lineLength + 1, _line.Length + 1);
                }
                else if (TakeLine(out frame))
                {
                    return true;
                }
            }

            if (!mayRead || !Fill())
            {
                frame = default;
                return false;
            }
        }
    }

    /// <summary>Closes the channel of the adapter, then the link.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = Queue("C\r"u8);
        Flush();
        _broken = true;
        _link.Dispose();
    }

    private bool Fill()
    {
        var count = _broken ? -1 : _link.Read(_input);
        _broken |= count < 0;
        _inputStart = 0;
        _inputEnd = Math.Max(count, 0);
        return count > 0;
    }

    private bool TakeLine(out CanFrame frame)
    {
        var length = _lineLength;
        _lineLength = 0;
        frame = default;
        if (length == 0 || (length == 1 && _line[0] is (byte)'z' or (byte)'Z'))
            return false; // an acknowledgement
        if (length > _line.Length || !SlcanText.TryParse(_line.AsSpan(0, length), out frame))
        {
            _malformed++;
            return false;
        }

        _received++;
        return true;
    }

    private bool Queue(ReadOnlySpan<byte> bytes)
    {
        if (_outputEnd + bytes.Length > _output.Length && _outputStart > 0)
        {
            _output.AsSpan(_outputStart, _outputEnd - _outputStart).CopyTo(_output);
            _outputEnd -= _outputStart;
            _outputStart = 0;
        }

        if (_outputEnd + bytes.Length > _output.Length)
            return false;
        bytes.CopyTo(_output.AsSpan(_outputEnd));
        _outputEnd += bytes.Length;
        return true;
    }
}
