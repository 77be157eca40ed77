using System.Text;
using Edge.Buses;
using Edge.Hil.Emulation.Slcan;
using Edge.Hil.Links;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class SlcanAdapterTests
{
    private readonly MemoryLink _host;
    private readonly SlcanAdapter _adapter;

    public SlcanAdapterTests()
    {
        var (host, device) = MemoryLink.CreatePair();
        _host = host;
        _adapter = new SlcanAdapter(device);
    }

    [Fact]
    public void SetUpOfTheSheetOpensWithoutAnyAcknowledge()
    {
        Wire.Say(_host, "C\rS8\rY5\rM0\rA1\rO\r");
        Assert.False(_adapter.TryReceive(out _));
        _adapter.Flush();

        Assert.True(_adapter.IsOpen);
        Assert.False(_adapter.IsSilent);
        Assert.True(_adapter.Retransmits);
        Assert.Equal(1_000_000, _adapter.BitRate);
        Assert.Equal(5_000_000, _adapter.DataBitRate);
        Assert.Empty(Wire.Hear(_host));
        Assert.Equal(0, _adapter.Counters.Malformed);
    }

    [Theory]
    [InlineData("t0018FFFFFFFFFFFFFFFC\r", 0x001u, CanFrameFlags.None, "FF FF FF FF FF FF FF FC")]
    [InlineData("b0018FFFFFFFFFFFFFFFC\r", 0x001u, CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, "FF FF FF FF FF FF FF FC")]
    [InlineData("r0690\r", 0x069u, CanFrameFlags.Remote, "")]
    [InlineData("T12ABCDEF2AA55\r", 0x12ABCDEFu, CanFrameFlags.Extended, "AA 55")]
    [InlineData("t0118118A3C8218322328\r", 0x011u, CanFrameFlags.None, "11 8A 3C 82 18 32 23 28")]
    [InlineData("d1239000102030405060708090A0B\r", 0x123u, CanFrameFlags.FlexibleData, "00 01 02 03 04 05 06 07 08 09 0A 0B")]
    public void LinesOfTheSheetAreReadAndWrittenUnchanged(string line, uint id, CanFrameFlags flags, string data)
    {
        Wire.Say(_host, "S8\rO\r" + line);
        Assert.True(_adapter.TryReceive(out var frame));
        Assert.Equal(id, frame.Id);
        Assert.Equal(flags, frame.Flags);
        Assert.Equal(data, Wire.Hex(frame));

        _adapter.Send(in frame);
        _adapter.Flush();
        Assert.Equal(line, Wire.Hear(_host));
    }

    [Fact]
    public void EveryLengthOfFlexibleDataFramesSurvivesTheRoundTrip()
    {
        Wire.Say(_host, "O\r");
        foreach (var length in new[] { 0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64 })
        {
            var data = Enumerable.Range(0, length).Select(i => (byte)(i * 37)).ToArray();
            var sent = CanFrame.Create(0x1FFFFFFF, data, Wire.FastData | CanFrameFlags.Extended);
            Assert.False(_adapter.TryReceive(out _));
            _adapter.Send(in sent);
            _adapter.Flush();
            var line = Wire.Hear(_host);
            Assert.True(line.Length <= SlcanAdapter.MaxLineLength + 1, line);
            Wire.Say(_host, line.ToLowerInvariant().Replace('b', 'B')[..1] + line[1..].ToLowerInvariant());
            Assert.True(_adapter.TryReceive(out var back), line);
            Assert.Equal(data, back.Data.ToArray());
        }
    }

    [Theory]
    [InlineData("t")]
    [InlineData("t00")]
    [InlineData("t0012FF")] // too short
    [InlineData("t0011FF00")] // too long
    [InlineData("t0011FG")]
    [InlineData("t8000")] // beyond 11 bits
    [InlineData("T200000000")] // beyond 29 bits
    [InlineData("t0019000000000000000000")] // classic, length above 8
    [InlineData("r0691FF")] // remote with data
    [InlineData("Y3")]
    [InlineData("SA")]
    [InlineData("L")] // not in this firmware
    [InlineData("S8\n")]
    [InlineData("x")]
    public void WhatIsNoCommandAndNoFrameIsCountedAndDropped(string line)
    {
        Wire.Say(_host, "S8\rO\r" + line + "\rt0010\r");
        Assert.True(_adapter.TryReceive(out var next));
        Assert.Equal(0x001u, next.Id);
        Assert.Equal(1, _adapter.Counters.Malformed);
    }

    [Fact]
    public void ALineWithoutEndIsDroppedOnce()
    {
        Wire.Say(_host, "O\r" + new string('t', 5000) + "\rt0010\r");
        Assert.True(_adapter.TryReceive(out var frame));
        Assert.Equal(0x001u, frame.Id);
        Assert.Equal(1, _adapter.Counters.Malformed);
    }

    [Fact]
    public void AnySequenceOfBytesIsSurvived()
    {
        var random = new Random(1);
        var noise = new byte[4000];
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(noise);
            for (var i = 0; i < noise.Length; i++)
                noise[i] = random.Next(4) == 0 ? noise[i] : (byte)"tTrRdDbBSCOYMAV0123456789ABCDEF\r"[noise[i] % 32];
            _host.Write(noise);
            while (_adapter.TryReceive(out var frame))
                Assert.True(frame.Length <= 64);
            _adapter.Flush();
            Wire.Hear(_host);
        }
    }

    [Fact]
    public void FramesPassOnlyWhileOpenAndNotSilent()
    {
        Wire.Say(_host, "S8\rt0010\r");
        Assert.False(_adapter.TryReceive(out _));
        var frame = CanFrame.Create(0x11, [1]);
        _adapter.Send(in frame);
        _adapter.Flush();
        Assert.Empty(Wire.Hear(_host));
        Assert.Equal(2, _adapter.Counters.DroppedClosed);

        Wire.Say(_host, "M1\rO\rt0010\r");
        Assert.False(_adapter.TryReceive(out _));
        _adapter.Send(in frame);
        _adapter.Flush();
        Assert.Equal("t011101\r", Wire.Hear(_host));

        Wire.Say(_host, "C\rM0\rO\rt0010\r");
        Assert.True(_adapter.TryReceive(out _));
    }

    [Fact]
    public void RatesCannotBeChangedWhileOpen()
    {
        Wire.Say(_host, "S8\rO\rS6\rY5\r");
        Assert.False(_adapter.TryReceive(out _));
        Assert.Equal(1_000_000, _adapter.BitRate);
        Assert.Equal(2_000_000, _adapter.DataBitRate);
    }

    [Fact]
    public void VersionIsALineOfTwoWords()
    {
        Wire.Say(_host, "V\r");
        Assert.False(_adapter.TryReceive(out _));
        _adapter.Flush();
        Assert.Matches("^[^ \r]+ [^ \r]+\r$", Wire.Hear(_host));
    }

    [Fact]
    public void AHostThatDoesNotReadLosesWholeFramesOnly()
    {
        Wire.Say(_host, "O\r");
        Assert.False(_adapter.TryReceive(out _));
        var frame = Wire.Frame(0x11, "11 8A 3C 82 18 32 23 28");
        for (var i = 0; i < 5000; i++)
        {
            _adapter.Send(in frame);
            _adapter.Flush();
        }

        Assert.True(_adapter.Counters.DroppedFull > 0);
        var text = new StringBuilder();
        for (var part = Wire.Hear(_host); part.Length > 0; part = Wire.Hear(_host))
        {
            text.Append(part);
            _adapter.Flush();
        }

        var lines = text.ToString().TrimEnd('\r').Split('\r');
        Assert.All(lines, line => Assert.Equal("t0118118A3C8218322328", line));
        Assert.Equal(5000, lines.Length + _adapter.Counters.DroppedFull);
    }
}
