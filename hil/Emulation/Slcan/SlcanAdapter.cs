using Edge.Buses;

namespace Edge.Hil.Emulation.Slcan;

/// <summary>
/// A CANable 2 USB adapter as its serial port shows it (normaldotcom/canable2-fw): LAWICEL text with the FD letters d, D, b, B, which never
/// acknowledges anything. The host's text comes in through the link; frames go out on the emulated bus by <see cref="TryReceive"/>, and what the
/// bus answers goes back by <see cref="Send"/> and <see cref="Flush"/>. Allocates nothing after construction.
/// </summary>
/// <remarks>
/// Two places differ from the firmware on purpose: what the firmware turns into garbage (digits that are none, lines of a wrong length) is counted
/// as malformed and dropped here, and frames sent while the channel is closed are dropped, for which the firmware's behaviour is not known.
/// </remarks>
public sealed class SlcanAdapter
{
    /// <summary>Longest line, an FD frame with a 29-bit identifier and 64 bytes, without its CR.</summary>
    public const int MaxLineLength = 138;

    private const byte CarriageReturn = (byte)'\r';
    private const int OutputCapacity = 16384; // bytes waiting for the host: about 25 ms of a full FD bus

    private static readonly byte[] VersionLine = "edge-hil canable2-emulator\r"u8.ToArray();
    private static readonly int[] NominalBitRates = [10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 750_000, 1_000_000, 83_300];

    private readonly IByteLink _link;
    private readonly byte[] _input = new byte[4096];
    private readonly byte[] _line = new byte[MaxLineLength];
    private readonly OutputBuffer _output;
    private int _inputStart;
    private int _inputEnd;
    private int _lineLength;
    private bool _lineTooLong;
    private SlcanCounters _counters;

    /// <summary>Makes an adapter, closed, as after power-up.</summary>
    public SlcanAdapter(IByteLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        _link = link;
        _output = new OutputBuffer(link, OutputCapacity);
    }

    /// <summary>The channel is open (O, until C).</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Silent mode (M1): receives, but puts nothing on the bus.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Repeats frames that nobody acknowledged (A1, the default).</summary>
    public bool Retransmits { get; private set; } = true;

    /// <summary>Bit rate of the arbitration phase, bit/s; 0 until the host chose one.</summary>
    public int BitRate { get; private set; }

    /// <summary>Bit rate of the data phase of frames with BRS, bit/s.</summary>
    public int DataBitRate { get; private set; } = 2_000_000;

    /// <summary>What happened since construction.</summary>
    public SlcanCounters Counters => _counters with { LinkBroken = _counters.LinkBroken || _output.LinkBroken };

    /// <summary>Reads the host's text up to its next frame; commands on the way take effect. False: nothing more now.</summary>
    public bool TryReceive(out CanFrame frame)
    {
        while (true)
        {
            while (_inputStart < _inputEnd)
            {
                if (TakeByte(_input[_inputStart++], out frame))
                    return true;
            }

            var count = _link.Read(_input);
            if (count <= 0)
            {
                _counters.LinkBroken |= count < 0;
                frame = default;
                return false;
            }

            _inputStart = 0;
            _inputEnd = count;
        }
    }

    /// <summary>Hands a frame from the bus to the host. Dropped and counted while closed or when the host does not read.</summary>
    public void Send(in CanFrame frame)
    {
        if (!IsOpen)
        {
            _counters.DroppedClosed++;
            return;
        }

        if (_output.Free.Length <= MaxLineLength)
            _output.Flush();
        if (_output.Free.Length <= MaxLineLength)
        {
            _counters.DroppedFull++;
            return;
        }

        _output.Append(SlcanText.Format(in frame, _output.Free));
        _counters.FramesToHost++;
    }

    /// <summary>Writes to the link what it takes now.</summary>
    public void Flush() => _output.Flush();

    private bool TakeByte(byte value, out CanFrame frame)
    {
        frame = default;
        if (value != CarriageReturn)
        {
            if (_lineLength == _line.Length)
                _lineTooLong = true;
            else
                _line[_lineLength++] = value;
            return false;
        }

        var line = _line.AsSpan(0, _lineLength);
        var tooLong = _lineTooLong;
        _lineLength = 0;
        _lineTooLong = false;
        if (tooLong)
        {
            _counters.Malformed++;
            return false;
        }

        return line.Length > 0 && TakeLine(line, out frame);
    }

    private bool TakeLine(ReadOnlySpan<byte> line, out CanFrame frame)
    {
        if (!SlcanText.IsFrame(line[0]))
        {
            frame = default;
            if (!TakeCommand(line))
                _counters.Malformed++;
            return false;
        }

        if (!SlcanText.TryParse(line, out frame))
        {
            _counters.Malformed++;
            return false;
        }

        if (!IsOpen || IsSilent)
        {
            _counters.DroppedClosed++;
            return false;
        }

        _counters.FramesFromHost++;
        return true;
    }

    /// <summary>Obeys a command; false when this firmware does not know it or its argument.</summary>
    private bool TakeCommand(ReadOnlySpan<byte> line)
    {
        var argument = line.Length == 2 ? line[1] - '0' : -1;
        switch ((char)line[0])
        {
            case 'O' when line.Length == 1:
                IsOpen = true;
                return true;
            case 'C' when line.Length == 1:
                IsOpen = false;
                return true;
            case 'S' when argument >= 0 && argument < NominalBitRates.Length:
                if (!IsOpen)
                    BitRate = NominalBitRates[argument];
                return true;
            case 'Y' when argument is 2 or 5:
                if (!IsOpen)
                    DataBitRate = argument * 1_000_000;
                return true;
            case 'M' when argument is 0 or 1:
                if (!IsOpen)
                    IsSilent = argument == 1;
                return true;
            case 'A' when argument is 0 or 1:
                if (!IsOpen)
                    Retransmits = argument == 1;
                return true;
            case 'V' when line.Length == 1:
                Answer(VersionLine);
                return true;
            case 'E' when line.Length == 1:
                Answer("CANable Error Register: 0"u8); // without CR, as the firmware has it
                return true;
            default:
                return false;
        }
    }

    private void Answer(ReadOnlySpan<byte> text)
    {
        if (text.TryCopyTo(_output.Free))
            _output.Append(text.Length);
    }
}

/// <summary>What an adapter did since construction.</summary>
public struct SlcanCounters
{
    /// <summary>Frames that the host sent onto the bus.</summary>
    public long FramesFromHost;

    /// <summary>Frames that the bus sent to the host.</summary>
    public long FramesToHost;

    /// <summary>Lines from the host that are no command and no frame, or too long.</summary>
    public long Malformed;

    /// <summary>Frames dropped, in either direction, while the channel was closed or silent.</summary>
    public long DroppedClosed;

    /// <summary>Frames dropped because the host did not read.</summary>
    public long DroppedFull;

    /// <summary>The link is gone.</summary>
    public bool LinkBroken;
}
