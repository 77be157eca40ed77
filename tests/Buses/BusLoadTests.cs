using Edge.Buses;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Buses;

public sealed class BusLoadTests
{
    [Fact]
    public void AClassicFrameOfEightBytesIsAtMost135Bits() => Assert.Equal(135e-6, BusLoad.FrameSeconds(8, 1_000_000), 12);

    [Fact]
    public void AnExtendedClassicFrameOfEightBytesIsAtMost160Bits() => Assert.Equal(160e-6, BusLoad.FrameSeconds(8, 1_000_000, extended: true), 12);

    [Fact]
    public void AnFdFrameOfEightBytes() => Assert.Equal(33e-6 + (114 / 5e6), BusLoad.FrameSeconds(8, 1_000_000, 5_000_000), 12);

    [Fact]
    public void SixDrivesAtOneKilohertzNeedFd()
    {
        Assert.True(BusLoad.Fraction(6, 1000, 1_000_000, null) > 1.5);
        Assert.InRange(BusLoad.Fraction(6, 1000, 1_000_000, 5_000_000), 0.6, 0.7);
        Assert.True(BusLoad.Fraction(6, 500, 1_000_000, null) < 1);
    }

    [Fact]
    public void NoFrameIsLongerThanTheEstimate() => Prop.ForAll<ushort, byte[]>((id, bytes) =>
    {
        var data = bytes.Take(8).ToArray();
        Assert.True(ClassicFrameBits(id & 0x7FF, data) <= Math.Round(BusLoad.FrameSeconds(data.Length, 1_000_000) * 1e6));
    }).QuickCheckThrowOnFailure();

    /// <summary>Builds the frame bit by bit, with the standard's CRC, and stuffs it.</summary>
    private static int ClassicFrameBits(int id, byte[] data)
    {
        var bits = new List<int> { 0 };
        Add(id, 11);
        Add(0, 3); // RTR, IDE, r0
        Add(data.Length, 4);
        foreach (var value in data)
            Add(value, 8);
        var crc = 0;
        foreach (var bit in bits)
        {
            var next = bit ^ ((crc >> 14) & 1);
            crc = (crc << 1) & 0x7FFF;
            if (next != 0)
                crc ^= 0x4599;
        }

        Add(crc, 15);
        var count = 0;
        var run = 0;
        var last = -1;
        foreach (var bit in bits)
        {
            run = bit == last ? run + 1 : 1;
            last = bit;
            count++;
            if (run == 5)
            {
                count++;
                last = 1 - bit;
                run = 1;
            }
        }

        return count + 13;

        void Add(int value, int width)
        {
            for (var shift = width - 1; shift >= 0; shift--)
                bits.Add((value >> shift) & 1);
        }
    }
}
