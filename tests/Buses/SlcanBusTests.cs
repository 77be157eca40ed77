using Edge.Buses;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Buses;

public sealed class SlcanBusTests
{
    private static readonly CanFrame Enable = CanFrame.Create(1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC]);

    [Theory]
    [InlineData(1_000_000, null, "C\rC\rS8\rM0\rO\r")]
    [InlineData(1_000_000, 5_000_000, "C\rC\rS8\rY5\rM0\rO\r")]
    [InlineData(500_000, 2_000_000, "C\rC\rS6\rY2\rM0\rO\r")]
    public void SetsTheAdapterUpWithoutWaitingForAnswers(int bitRate, int? dataBitRate, string lines)
    {
        var link = new FakeLink();
        using var bus = new SlcanBus(link, bitRate, dataBitRate);
        Assert.Equal(lines, link.HeardText);
    }

    [Theory]
    [InlineData(800_000, null, "bitRate 800000")]
    [InlineData(1_000_000, 8_000_000, "dataBitRate 8000000")]
    public void RefusesRatesThatTheAdapterHasNot(int bitRate, int? dataBitRate, string named) =>
        Assert.Contains(named, Assert.Throws<BusException>(() => new SlcanBus(new FakeLink(), bitRate, dataBitRate)).Message, StringComparison.Ordinal);

    [Fact]
    public void OneWriteForAllFramesOfATick()
    {
        var (link, bus) = Open();
        for (var i = 0; i < 6; i++)
            Assert.True(bus.TrySend(in Enable));
        Assert.Empty(link.WriteSizes);
        bus.Flush();
        Assert.Equal([6 * 22], link.WriteSizes);
        bus.Flush();
        Assert.Single(link.WriteSizes);
        Assert.Equal(6, bus.Counters.Sent);
    }

    [Fact]
    public void AShortWriteKeepsTheRestForTheNextFlush()
    {
        var (link, bus) = Open();
        link.MaxWrite = 7;
        Assert.True(bus.TrySend(in Enable));
        bus.Flush();
        Assert.Equal("t0018FF", link.HeardText);
        link.MaxWrite = int.MaxValue;
        Assert.True(bus.TrySend(CanFrame.Create(2, [1])));
        bus.Flush();
        Assert.Equal("t0018FFFFFFFFFFFFFFFC\rt002101\r", link.HeardText);
    }

    [Fact]
    public void AStuckAdapterMakesItRefuseInsteadOfQueueingOldCommands()
    {
        var (link, bus) = Open();
        link.MaxWrite = 0;
        var taken = 0;
        for (var tick = 0; tick < 1000; tick++)
        {
            taken += bus.TrySend(in Enable) ? 1 : 0;
            bus.Flush();
        }

        Assert.Equal(SlcanBus.OutputCapacity / 22, taken);
        Assert.Equal(1000 - taken, bus.Counters.Refused);
        Assert.False(bus.Counters.Broken);

        link.MaxWrite = int.MaxValue;
        bus.Flush();
        Assert.Equal(taken, link.HeardText.Count(c => c == '\r'));
        Assert.True(bus.TrySend(in Enable));
    }

    [Fact]
    public void TakesFramesAndSkipsAcknowledgements()
    {
        var (link, bus) = Open();
        link.Say("\r\r\a\az\rt0118118A3C8218322328\r\aZ\rb0121AB\r");
        Assert.True(bus.TryReceive(out var first));
        Assert.Equal(0x11u, first.Id);
        Assert.True(bus.TryReceive(out var second));
        Assert.Equal(CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, second.Flags);
        Assert.False(bus.TryReceive(out _));
        Assert.Equal(2, bus.Counters.Received);
        Assert.Equal(0, bus.Counters.Malformed);
    }

    [Fact]
    public void AFrameMayArriveInPieces()
    {
        var (link, bus) = Open();
        link.MaxRead = 1;
        link.Say("t0118118A3C8218322328\r");
        var calls = 0;
        CanFrame frame;
        while (!bus.TryReceive(out frame))
            Assert.InRange(++calls, 0, 30);
        Assert.Equal(0x11u, frame.Id);
    }

    [Fact]
    public void CountsMalformedLinesAndGoesOn()
    {
        var (link, bus) = Open();
        link.Say("t01\rhello\r" + new string('t', 5000) + "\rt0110\r");
        var frames = 0;
        for (var i = 0; i < 5; i++)
            frames += bus.TryReceive(out _) ? 1 : 0;
        Assert.Equal(1, frames);
        Assert.Equal(3, bus.Counters.Malformed);
    }

    [Fact]
    public void OneCallReadsOnceHoweverMuchGarbageThereIs()
    {
        var (link, bus) = Open();
        link.Say(new string('x', 20_000));
        Assert.False(bus.TryReceive(out _));
        Assert.Equal(4096, link.Read(new byte[4096])); // the rest is still there
    }

    [Fact]
    public void AFrameAfterGarbageAndALineEndIsNeverLost() => Prop.ForAll<byte[]>(garbage =>
    {
        var (link, bus) = Open();
        link.Say(garbage);
        link.Say("\rt7FF81122334455667788\r");
        var last = default(CanFrame);
        for (var i = 0; i < garbage.Length + 2; i++)
        {
            if (bus.TryReceive(out var frame))
                last = frame;
        }

        Assert.Equal(0x7FFu, last.Id);
        Assert.Equal(8, last.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void FdFramesNeedAnFdBus()
    {
        var (_, bus) = Open();
        Assert.False(bus.TrySend(CanFrame.Create(1, [], CanFrameFlags.FlexibleData)));
        Assert.Equal(1, bus.Counters.Refused);
    }

    [Fact]
    public void ABrokenLinkIsReportedNotThrown()
    {
        var (link, bus) = Open();
        link.Broken = true;
        Assert.False(bus.TryReceive(out _));
        Assert.True(bus.Counters.Broken);
        Assert.False(bus.TrySend(in Enable));
        bus.Flush();
    }

    [Fact]
    public void ClosesTheChannelAtTheEnd()
    {
        var (link, bus) = Open();
        bus.Dispose();
        bus.Dispose();
        Assert.Equal("C\r", link.HeardText);
        Assert.True(link.Disposed);
    }

    [Fact]
    public void ATickAllocatesNothing()
    {
        var link = new SinkLink("t0118118A3C8218322328\rt0128128A3C8218322328\r"u8.ToArray());
        using var bus = new SlcanBus(link, 1_000_000);
        Tick();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
                Tick();
        }));

        void Tick()
        {
            link.Refill();
            while (bus.TryReceive(out _))
            {
            }

            _ = bus.TrySend(in Enable);
            bus.Flush();
        }
    }

    private static (FakeLink Link, SlcanBus Bus) Open()
    {
        var link = new FakeLink();
        var bus = new SlcanBus(link, 1_000_000);
        link.Heard.Clear();
        link.WriteSizes.Clear();
        return (link, bus);
    }

    /// <summary>Says the same bytes each tick and hears everything, without allocation of its own.</summary>
    private sealed class SinkLink(byte[] bytes) : IByteLink
    {
        private bool _full;

        public void Refill() => _full = true;

        public int Read(Span<byte> buffer)
        {
            if (!_full)
                return 0;
            _full = false;
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        public int Write(ReadOnlySpan<byte> data) => data.Length;

        public void Dispose()
        {
        }
    }
}
