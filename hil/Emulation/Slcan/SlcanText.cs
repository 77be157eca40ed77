using Edge.Buses;

namespace Edge.Hil.Emulation.Slcan;

/// <summary>CAN frames as SLCAN text: t, T (data), r, R (remote), d, D (FD), b, B (FD with BRS); a capital letter means a 29-bit identifier.</summary>
internal static class SlcanText
{
    /// <summary>True when a line that begins with this letter is a frame.</summary>
    public static bool IsFrame(byte letter) => "tTrRdDbB"u8.Contains(letter);

    /// <summary>Reads one line without its CR. False unless every character is as the letter and the length digit demand.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out CanFrame frame)
    {
        frame = default;
        if (line.IsEmpty || !IsFrame(line[0]))
            return false;

        var extended = line[0] is >= (byte)'A' and <= (byte)'Z';
        var kind = line[0] | 0x20;
        var idDigits = extended ? 8 : 3;
        if (line.Length < 1 + idDigits + 1)
            return false;

        uint id = 0;
        for (var i = 1; i <= idDigits; i++)
        {
            var digit = HexValue(line[i]);
            if (digit < 0)
                return false;
            id = (id << 4) | (uint)digit;
        }

        if (id > (extended ? 0x1FFF_FFFFu : 0x7FFu))
            return false;

        var code = HexValue(line[1 + idDigits]);
        var flexible = kind is 'd' or 'b';
        if (code < 0 || (!flexible && code > 8))
            return false;

        var remote = kind == 'r';
        var length = remote ? 0 : LengthOfCode(code);
        var data = line[(idDigits + 2)..];
        if (data.Length != 2 * length)
            return false;

        frame.Id = id;
        frame.Length = (byte)length;
        frame.Flags = (extended ? CanFrameFlags.Extended : 0)
            | (remote ? CanFrameFlags.Remote : 0)
            | (flexible ? CanFrameFlags.FlexibleData : 0)
            | (kind == 'b' ? CanFrameFlags.BitRateSwitch : 0);
        for (var i = 0; i < length; i++)
        {
            var high = HexValue(data[2 * i]);
            var low = HexValue(data[(2 * i) + 1]);
            if (high < 0 || low < 0)
                return false;
            frame.Data[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    /// <summary>Writes one line with its CR; returns its length. An FD frame whose length has no code is padded with zeros to the next that has.</summary>
    public static int Format(in CanFrame frame, Span<byte> line)
    {
        var extended = (frame.Flags & CanFrameFlags.Extended) != 0;
        var letter = (frame.Flags & CanFrameFlags.BitRateSwitch) != 0 ? 'b'
            : (frame.Flags & CanFrameFlags.FlexibleData) != 0 ? 'd'
            : (frame.Flags & CanFrameFlags.Remote) != 0 ? 'r'
            : 't';
        var at = 0;
        line[at++] = (byte)(extended ? letter - 0x20 : letter);
        for (var shift = extended ? 28 : 8; shift >= 0; shift -= 4)
            line[at++] = HexDigit((int)(frame.Id >> shift) & 15);

        var code = 0;
        while (LengthOfCode(code) < frame.Length)
            code++;
        line[at++] = HexDigit(code);
        if (letter != 'r')
        {
            var copy = frame;
            for (var i = 0; i < LengthOfCode(code); i++)
            {
                var value = i < frame.Length ? copy.Data[i] : 0;
                line[at++] = HexDigit(value >> 4);
                line[at++] = HexDigit(value & 15);
            }
        }

        line[at++] = (byte)'\r';
        return at;
    }

    private static ReadOnlySpan<byte> FlexibleLengths => [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

    private static int LengthOfCode(int code) => FlexibleLengths[code];

    private static int HexValue(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => -1,
    };

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
