using System.Runtime.InteropServices;
using Edge.Buses;
using Xunit;

namespace Edge.Tests.Buses;

/// <summary>What can be known of SocketCAN without a kernel that has it: layouts, conversion, and the error.</summary>
public sealed class SocketCanBusTests
{
    [Fact]
    public void StructsHaveTheKernelsLayout()
    {
        Assert.Equal(72, Marshal.SizeOf<SocketCanBus.KernelFrame>());
        Assert.Equal(4, Offset<SocketCanBus.KernelFrame>("Length"));
        Assert.Equal(5, Offset<SocketCanBus.KernelFrame>("Flags"));
        Assert.Equal(8, Offset<SocketCanBus.KernelFrame>("Data"));
        Assert.Equal(24, Marshal.SizeOf<SocketCanBus.SocketAddressCan>());
        Assert.Equal(4, Offset<SocketCanBus.SocketAddressCan>("InterfaceIndex"));
        Assert.Equal(40, Marshal.SizeOf<SocketCanBus.InterfaceRequest>());
        Assert.Equal(16, Offset<SocketCanBus.InterfaceRequest>("FlagsValue"));
        Assert.Equal(16, Offset<SocketCanBus.InterfaceRequest>("MtuValue"));
    }

    [Theory]
    [InlineData(0x011u, 8, CanFrameFlags.None, 16, 0x011u, 0)]
    [InlineData(0x12ABCDEFu, 2, CanFrameFlags.Extended, 16, 0x92ABCDEFu, 0)]
    [InlineData(0x069u, 0, CanFrameFlags.Remote, 16, 0x40000069u, 0)]
    [InlineData(0x001u, 8, CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, 72, 0x001u, 5)]
    [InlineData(0x001u, 64, CanFrameFlags.FlexibleData, 72, 0x001u, 4)]
    public void FramesPassThroughTheKernelsForm(uint id, int length, CanFrameFlags flags, int bytes, uint kernelId, byte kernelFlags)
    {
        var data = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
        Assert.Equal(bytes, SocketCanBus.ToKernel(CanFrame.Create(id, data, flags), out var kernel, flexibleData: true));
        Assert.Equal(kernelId, kernel.Id);
        Assert.Equal(kernelFlags, kernel.Flags);
        Assert.True(SocketCanBus.FromKernel(in kernel, bytes, out var back));
        Assert.Equal(id, back.Id);
        Assert.Equal(flags, back.Flags);
        Assert.Equal(data, back.Data.ToArray());
    }

    [Fact]
    public void RefusesWhatTheBusCannotCarry()
    {
        Assert.Equal(0, SocketCanBus.ToKernel(CanFrame.Create(1, [], CanFrameFlags.FlexibleData), out _, flexibleData: false));
        Assert.Equal(0, SocketCanBus.ToKernel(CanFrame.Create(0x800, []), out _, flexibleData: true));
        Assert.Equal(0, SocketCanBus.ToKernel(CanFrame.Create(1, new byte[9]), out _, flexibleData: true));
        var kernel = new SocketCanBus.KernelFrame { Length = 9 };
        Assert.False(SocketCanBus.FromKernel(in kernel, 16, out _));
        Assert.False(SocketCanBus.FromKernel(in kernel, 20, out _));
    }

    [Fact]
    public void OpeningWhatIsNotThereNamesTheInterface()
    {
        var message = Assert.Throws<BusException>(() => new SocketCanBus("edgecan9", flexibleData: true)).Message;
        Assert.StartsWith("CAN interface edgecan9: ", message, StringComparison.Ordinal);
        Assert.True(message.Contains("modprobe can_raw", StringComparison.Ordinal) || message.Contains("'ip link'", StringComparison.Ordinal), message);
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
