namespace Edge.Buses;

/// <summary>CAN frames as SLCAN lines: <c>t T r R</c> (LAWICEL) and <c>d D b B</c> (CAN FD on CANable 2). Total: any bytes give a frame or false.</summary>
public static class SlcanText
{
    /// <summary>Longest line with its CR: kind, 29-bit identifier, length, 64 data bytes.</summary>
    public const int MaxFrameChars = 1 + 8 + 1 + 128 + 1;

    /// <summary>Longest line that is accepted, without CR: the same with a time stamp.</summary>
    public const int MaxLineChars = MaxFrameChars - 1 + TimeStampChars;

    private const int TimeStampChars = 4;
    private const int ClassicMaxLength = 8;
    private const uint MaxStandardId = 0x7FF;
    private const uint MaxExtendedId = 0x1FFFFFFF;

    /// <summary>Data lengths of the length codes 0..F; classic frames use 0..8.</summary>
    private static ReadOnlySpan<byte> LengthOfCode => [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

    private static ReadOnlySpan<byte> HexDigits => "0123456789ABCDEF"u8;

    /// <summary>Writes the frame's line with its CR. Returns its length, or 0 for a frame that has no line (identifier, length or flags out of range).</summary>
    public static int Format(in CanFrame frame, Span<byte> line)
    {
        var extended = (frame.Flags & CanFrameFlags.Extended) != 0;
        var remote = (frame.Flags & CanFrameFlags.Remote) != 0;
        var fd = (frame.Flags & CanFrameFlags.FlexibleData) != 0;
        var switched = (frame.Flags & CanFrameFlags.BitRateSwitch) != 0;
        var code = LengthOfCode.IndexOf(frame.Length);
        if (frame.Id > (extended ? MaxExtendedId : MaxStandardId) || code < 0 || (!fd && code > ClassicMaxLength) || (fd && remote) || (switched && !fd))
            return 0;

        var kind = (byte)(fd ? switched ? 'b' : 'd' : remote ? 'r' : 't');
        line[0] = extended ? (byte)(kind - 'a' + 'A') : kind;
        var at = 1;
        for (var shift = extended ? 28 : 8; shift >= 0; shift -= 4)
            line[at++] = HexDigits[(int)(frame.Id >> shift) & 0xF];
        line[at++] = HexDigits[code];
        if (!remote)
        {
            for (var i = 0; i < frame.Length; i++)
            {
                var value = ByteOf(in frame, i);
                line[at++] = HexDigits[value >> 4];
                line[at++] = HexDigits[value & 0xF];
            }
        }

        line[at++] = (byte)'\r';
        return at;
    }

    /// <summary>Reads one line without its CR; a four-digit time stamp after the data is accepted and dropped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out CanFrame frame)
    {
        frame = default;
        if (line.IsEmpty)
            return false;
        var extended = line[0] is (byte)'T' or (byte)'R' or (byte)'D' or (byte)'B';
        CanFrameFlags flags;
        switch (line[0] | 0x20)
        {
            case 't':
                flags = CanFrameFlags.None;
                break;
            case 'r':
                flags = CanFrameFlags.Remote;
                break;
            case 'd':
                flags = CanFrameFlags.FlexibleData;
                break;
            case 'b':
                flags = CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch;
                break;
            default:
                return false;
        }

        var idChars = extended ? 8 : 3;
        if (line.Length < 1 + idChars + 1 || !TryHex(line.Slice(1, idChars), out var id) || !TryHex(line.Slice(1 + idChars, 1), out var code))
            return false;
        var fd = (flags & CanFrameFlags.FlexibleData) != 0;
        var remote = (flags & CanFrameFlags.Remote) != 0;
        if (id > (extended ? MaxExtendedId : MaxStandardId) || (!fd && code > ClassicMaxLength))
            return false;
        var length = LengthOfCode[(int)code];
        var rest = line[(2 + idChars)..];
        var dataChars = remote ? 0 : 2 * length;
        if (rest.Length != dataChars && rest.Length != dataChars + TimeStampChars)
            return false;
        if (rest.Length > dataChars && !TryHex(rest[dataChars..], out _))
            return false;

        frame.Id = id;
        frame.Flags = extended ? flags | CanFrameFlags.Extended : flags;
        frame.Length = length;
        for (var i = 0; i < dataChars; i += 2)
        {
            if (!TryHex(rest.Slice(i, 2), out var value))
            {
                frame = default;
                return false;
            }

            frame.Data[i / 2] = (byte)value;
        }

        return true;
    }

    /// <summary>The data of a frame that is held by a read-only reference.</summary>
    private static byte ByteOf(in CanFrame frame, int index) => System.Runtime.CompilerServices.Unsafe.AsRef(in frame).Data[index];

    private static bool TryHex(ReadOnlySpan<byte> digits, out uint value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            uint nibble;
            if (digit is >= (byte)'0' and <= (byte)'9')
                nibble = (uint)(digit - '0');
            else if ((digit | 0x20) is >= 'a' and <= 'f')
                nibble = (uint)((digit | 0x20) - 'a' + 10);
            else
                return false;
            value = (value << 4) | nibble;
        }

        return true;
    }
}
