using Edge.Drives.Feetech;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Drives;

/// <summary>The worked packets of the Feetech sheet, section 6.</summary>
public sealed class FeetechPacketTests
{
    [Theory]
    [InlineData(FeetechPacket.Ping, "", "FFFF010201FB")]
    [InlineData(FeetechPacket.Read, "0302", "FFFF0104020302F3")]
    [InlineData(FeetechPacket.Read, "3802", "FFFF0104023802BE")]
    [InlineData(FeetechPacket.Write, "2A0004", "FFFF0105032A0004C8")]
    [InlineData(FeetechPacket.Write, "2801", "FFFF0104032801CE")]
    [InlineData(FeetechPacket.Write, "2932E8030000DC05", "FFFF010A032932E8030000DC05CA")]
    public void Instructions(byte instruction, string parameters, string expected)
    {
        var packet = new byte[64];
        var length = FeetechPacket.Format(1, instruction, Convert.FromHexString(parameters), packet);
        Assert.Equal(expected, Convert.ToHexString(packet, 0, length));
    }

    [Theory]
    [InlineData("FFFF010200FC")]
    [InlineData("FFFF0104000903EE")]
    [InlineData("FFFF0104000008F2")]
    [InlineData("FFFF010220DC")]
    public void Replies(string reply)
    {
        var bytes = Convert.FromHexString(reply);
        Assert.Equal(bytes.Length, FeetechPacket.Scan(bytes, out var packetBytes));
        Assert.Equal(bytes.Length, packetBytes);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(0, FeetechPacket.Scan(bytes.AsSpan(0, length), out _));
    }

    [Theory]
    [InlineData("00FFFF010200FC", 1)]
    [InlineData("FF00FFFF010200FC", 2)]
    [InlineData("FFFFFF010200FC", 1)]
    [InlineData("FFFF010200FD", 1)]
    [InlineData("FFFF01F9", 1)]
    [InlineData("FFFF0101", 1)]
    public void WhatBeginsNoPacketIsDropped(string bytes, int dropped)
    {
        Assert.Equal(dropped, FeetechPacket.Scan(Convert.FromHexString(bytes), out var packetBytes));
        Assert.Equal(0, packetBytes);
    }

    [Theory]
    [InlineData(0x00, 0x08, 15, 2048)]
    [InlineData(0x64, 0x80, 15, -100)]
    [InlineData(0x2C, 0x01, 10, 300)]
    [InlineData(0x2C, 0x05, 10, -300)]
    public void Signs(byte low, byte high, int bit, int value) => Assert.Equal(value, FeetechPacket.SignMagnitude(low, high, bit));

    [Fact]
    public void AnyPacketIsFoundBehindHarmlessGarbage() => Prop.ForAll<byte[], byte[]>((garbage, parameters) =>
    {
        var bytes = garbage.Select(b => b == 0xFF ? (byte)0 : b).ToList();
        var packet = new byte[300];
        var length = FeetechPacket.Format(7, 2, parameters.AsSpan(0, Math.Min(parameters.Length, 100)), packet);
        bytes.AddRange(packet.Take(length));
        var all = bytes.ToArray();
        var start = 0;
        int packetBytes;
        do
        {
            var dropped = FeetechPacket.Scan(all.AsSpan(start), out packetBytes);
            Assert.InRange(dropped, 1, all.Length - start);
            start += dropped;
        }
        while (packetBytes == 0);
        Assert.Equal(length, packetBytes);
        Assert.Equal(all.Length, start);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ScanningAlwaysGoesOn() => Prop.ForAll<byte[]>(bytes =>
    {
        var start = 0;
        while (start < bytes.Length)
        {
            var dropped = FeetechPacket.Scan(bytes.AsSpan(start), out _);
            Assert.InRange(dropped, 0, bytes.Length - start);
            if (dropped == 0)
                break;
            start += dropped;
        }
    }).QuickCheckThrowOnFailure();
}
