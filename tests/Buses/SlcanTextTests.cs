using Edge.Buses;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Buses;

/// <summary>Lines of the SLCAN sheet, section 6, and the grammar around them.</summary>
public sealed class SlcanTextTests
{
    private static readonly int[] FdLengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

    [Theory]
    [InlineData(0x001u, "FFFFFFFFFFFFFFFC", CanFrameFlags.None, "t0018FFFFFFFFFFFFFFFC\r")]
    [InlineData(0x001u, "FFFFFFFFFFFFFFFC", CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, "b0018FFFFFFFFFFFFFFFC\r")]
    [InlineData(0x12ABCDEFu, "AA55", CanFrameFlags.Extended, "T12ABCDEF2AA55\r")]
    [InlineData(0x011u, "118A3C8218322328", CanFrameFlags.None, "t0118118A3C8218322328\r")]
    [InlineData(0x123u, "000102030405060708090A0B", CanFrameFlags.FlexibleData, "d1239000102030405060708090A0B\r")]
    public void FormatsAndParsesTheSheetsLines(uint id, string data, CanFrameFlags flags, string line)
    {
        var frame = CanFrame.Create(id, Convert.FromHexString(data), flags);
        Assert.Equal(line, Format(frame));
        Assert.True(SlcanText.TryParse(Ascii(line.TrimEnd('\r')), out var parsed));
        AssertSame(frame, parsed);
    }

    [Fact]
    public void RemoteFramesCarryALengthAndNoData()
    {
        Assert.Equal("r0690\r", Format(CanFrame.Create(0x069, [], CanFrameFlags.Remote)));
        Assert.True(SlcanText.TryParse("r0698"u8, out var parsed));
        Assert.Equal(8, parsed.Length);
        Assert.Equal(CanFrameFlags.Remote, parsed.Flags);
    }

    [Fact]
    public void ATimeStampIsDropped()
    {
        Assert.True(SlcanText.TryParse("t0118118A3C821832232803E8"u8, out var stamped));
        Assert.True(SlcanText.TryParse("t0118118a3c8218322328"u8, out var plain));
        AssertSame(plain, stamped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("t")]
    [InlineData("t011")]
    [InlineData("t8008")]
    [InlineData("t80000")]
    [InlineData("t0119000102030405060708")]
    [InlineData("t01121")]
    [InlineData("t0112112")]
    [InlineData("t01121122334")]
    [InlineData("t0112G122")]
    [InlineData("T2000000000")]
    [InlineData("x0110")]
    [InlineData("V1013")]
    [InlineData("r06981122334455667788")]
    public void RefusesWhatIsNoFrame(string line) => Assert.False(SlcanText.TryParse(Ascii(line), out _));

    [Fact]
    public void RefusesFramesThatHaveNoLine()
    {
        Span<byte> line = stackalloc byte[SlcanText.MaxFrameChars];
        Assert.Equal(0, SlcanText.Format(CanFrame.Create(0x800, []), line));
        Assert.Equal(0, SlcanText.Format(CanFrame.Create(1, new byte[9]), line));
        Assert.Equal(0, SlcanText.Format(CanFrame.Create(1, new byte[9], CanFrameFlags.FlexibleData), line));
        Assert.Equal(0, SlcanText.Format(CanFrame.Create(1, [], CanFrameFlags.FlexibleData) with { Length = 65 }, line));
        Assert.Equal(0, SlcanText.Format(CanFrame.Create(1, [], CanFrameFlags.BitRateSwitch), line));
    }

    [Fact]
    public void WhatIsFormattedParsesBack() => Prop.ForAll<uint, byte[], byte>((id, bytes, choice) =>
    {
        var flags = (choice % 3) switch
        {
            0 => CanFrameFlags.None,
            1 => CanFrameFlags.FlexibleData,
            _ => CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch,
        };
        flags |= (choice & 8) != 0 ? CanFrameFlags.Extended : 0;
        var lengths = flags is CanFrameFlags.None or CanFrameFlags.Extended ? FdLengths[..9] : FdLengths;
        var data = new byte[lengths[choice % lengths.Length]];
        for (var i = 0; i < data.Length; i++)
            data[i] = bytes.Length == 0 ? (byte)id : bytes[i % bytes.Length];
        var frame = CanFrame.Create(id & ((flags & CanFrameFlags.Extended) != 0 ? 0x1FFFFFFFu : 0x7FFu), data, flags);
        Assert.True(SlcanText.TryParse(Ascii(Format(frame).TrimEnd('\r')), out var parsed));
        AssertSame(frame, parsed);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnyBytesGiveAFrameOrFalse() => Prop.ForAll<byte[]>(bytes =>
    {
        if (SlcanText.TryParse(bytes, out var frame))
            Assert.NotEqual(0, SlcanText.Format(frame, new byte[SlcanText.MaxFrameChars]));
    }).QuickCheckThrowOnFailure();

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static string Format(CanFrame frame)
    {
        var line = new byte[SlcanText.MaxFrameChars];
        return System.Text.Encoding.ASCII.GetString(line, 0, SlcanText.Format(frame, line));
    }

    private static void AssertSame(CanFrame expected, CanFrame actual)
    {
        Assert.Equal(expected.Id, actual.Id);
        Assert.Equal(expected.Flags, actual.Flags);
        Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
    }
}
