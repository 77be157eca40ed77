using System.Runtime.InteropServices;

namespace Edge.Buses;

/// <summary>
/// A CAN interface of the Linux kernel (raw socket, CAN FD frames on). The kernel owns the bit rates:
/// <c>ip link set can0 up type can bitrate 1000000 dbitrate 5000000 fd on restart-ms 100</c>.
/// </summary>
public sealed unsafe partial class SocketCanBus : ICanBus
{
    // linux/can.h, linux/can/raw.h, linux/can/error.h, linux/sockios.h, net/if.h
    private const int FamilyCan = 29; // AF_CAN
    private const int SocketRaw = 3; // SOCK_RAW
    private const int ProtocolRaw = 1; // CAN_RAW
    private const int LevelCanRaw = 101; // SOL_CAN_RAW
    private const int OptionErrorFilter = 2; // CAN_RAW_ERR_FILTER
    private const int OptionFdFrames = 5; // CAN_RAW_FD_FRAMES
    private const uint FlagExtended = 0x8000_0000; // CAN_EFF_FLAG
    private const uint FlagRemote = 0x4000_0000; // CAN_RTR_FLAG
    private const uint FlagError = 0x2000_0000; // CAN_ERR_FLAG
    private const uint ErrorMask = 0x1FFF_FFFF; // CAN_ERR_MASK
    private const uint ErrorBusOff = 0x40; // CAN_ERR_BUSOFF
    private const uint ErrorRestarted = 0x100; // CAN_ERR_RESTARTED
    private const byte FdBitRateSwitch = 1; // CANFD_BRS
    private const byte FdFormat = 4; // CANFD_FDF
    private const nuint GetInterfaceFlags = 0x8913; // SIOCGIFFLAGS
    private const nuint GetInterfaceMtu = 0x8921; // SIOCGIFMTU
    internal const short InterfaceUp = 1; // IFF_UP
    private const int ClassicFrameBytes = 16; // CAN_MTU
    internal const int FdFrameBytes = 72; // CANFD_MTU
    private const int NameBytes = 16; // IFNAMSIZ

    private readonly DescriptorHandle _socket;
    private readonly bool _flexibleData;
    private long _sent;
    private long _received;
    private long _refused;
    private long _malformed;
    private bool _broken;

    /// <summary>Opens the interface, which must be up.</summary>
    /// <exception cref="BusException">No such interface, it is down, or the kernel has no CAN.</exception>
    public SocketCanBus(string interfaceName, bool flexibleData)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        _flexibleData = flexibleData;
        if (System.Text.Encoding.UTF8.GetByteCount(interfaceName) >= NameBytes)
            throw new BusException($"CAN interface {interfaceName}: the name is longer than {NameBytes - 1} bytes");
        _socket = new DescriptorHandle(Libc.Socket(FamilyCan, SocketRaw | Libc.NonBlocking | Libc.CloseOnExec, ProtocolRaw));
        if (_socket.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new BusException(error == Libc.EAFNOSUPPORT
                ? $"CAN interface {interfaceName}: this kernel has no CAN (modprobe can_raw, or use an SLCAN adapter: kind \"slcan\")"
                : $"CAN interface {interfaceName}: no CAN socket: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        try
        {
            Attach(interfaceName);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public CanCounters Counters => new(_sent, _received, _refused, _malformed, _broken);

    /// <summary>Error frames that the controller reported since start.</summary>
    public long ErrorFrames { get; private set; }

    /// <summary>The controller went bus-off and has not restarted since.</summary>
    public bool BusOff { get; private set; }

    /// <inheritdoc/>
    public bool TrySend(in CanFrame frame)
    {
        KernelFrame kernel;
        var bytes = _broken ? 0 : ToKernel(in frame, out kernel, _flexibleData);
        if (bytes == 0)
        {
            _refused++;
            return false;
        }

        if (Send(_socket, &kernel, bytes, 0) == bytes)
        {
            _sent++;
            return true;
        }

        _broken |= !IsTransient();
        _refused++;
        return false;
    }

    /// <summary>Nothing to do: the kernel queues each frame at <see cref="TrySend"/>.</summary>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public bool TryReceive(out CanFrame frame)
    {
        // A bound for a babbling bus: error frames and broken ones are skipped, but not for ever.
        for (var skipped = 0; skipped < 64 && !_broken; skipped++)
        {
            KernelFrame kernel;
            var bytes = Receive(_socket, &kernel, FdFrameBytes, 0);
            if (bytes < 0)
            {
                _broken |= !IsTransient();
                break;
            }

            if (bytes >= ClassicFrameBytes && (kernel.Id & FlagError) != 0)
            {
                ErrorFrames++;
                BusOff = (kernel.Id & ErrorBusOff) != 0 || (BusOff && (kernel.Id & ErrorRestarted) == 0);
                continue;
            }

            if (FromKernel(in kernel, (int)bytes, out frame))
            {
                _received++;
                BusOff = false;
                return true;
            }

            _malformed++;
        }

        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _broken = true;
        _socket.Dispose();
    }

    /// <summary>Fills the kernel's struct; returns the bytes to send (16 or 72), or 0 for a frame that cannot be sent.</summary>
    internal static int ToKernel(in CanFrame frame, out KernelFrame kernel, bool flexibleData)
    {
        kernel = default;
        var fd = (frame.Flags & CanFrameFlags.FlexibleData) != 0;
        var extended = (frame.Flags & CanFrameFlags.Extended) != 0;
        var remote = (frame.Flags & CanFrameFlags.Remote) != 0;
        if (frame.Id > (extended ? 0x1FFF_FFFFu : 0x7FFu) || frame.Length > (fd ? 64 : 8) || (fd && (!flexibleData || remote)))
            return 0;
        kernel.Id = frame.Id | (extended ? FlagExtended : 0) | (remote ? FlagRemote : 0);
        kernel.Length = frame.Length;
        if (fd)
            kernel.Flags = (byte)(FdFormat | ((frame.Flags & CanFrameFlags.BitRateSwitch) != 0 ? FdBitRateSwitch : 0));
        var copy = frame;
        for (var i = 0; i < frame.Length; i++)
            kernel.Data[i] = copy.Data[i];
        return fd ? FdFrameBytes : ClassicFrameBytes;
    }

    /// <summary>Reads the kernel's struct of <paramref name="bytes"/> bytes.</summary>
    internal static bool FromKernel(in KernelFrame kernel, int bytes, out CanFrame frame)
    {
        frame = default;
        var fd = bytes == FdFrameBytes;
        if ((!fd && bytes != ClassicFrameBytes) || kernel.Length > (fd ? 64 : 8))
            return false;
        var extended = (kernel.Id & FlagExtended) != 0;
        frame.Id = kernel.Id & (extended ? 0x1FFF_FFFFu : 0x7FFu);
        frame.Length = kernel.Length;
        frame.Flags = (extended ? CanFrameFlags.Extended : 0)
            | ((kernel.Id & FlagRemote) != 0 ? CanFrameFlags.Remote : 0)
            | (fd ? CanFrameFlags.FlexibleData : 0)
            | (fd && (kernel.Flags & FdBitRateSwitch) != 0 ? CanFrameFlags.BitRateSwitch : 0);
        for (var i = 0; i < kernel.Length; i++)
            frame.Data[i] = kernel.Data[i];
        return true;
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(DescriptorHandle socket, void* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(DescriptorHandle socket, void* data, nint length, int flags);

    /// <summary>A full queue or an interface that is down may recover; anything else will not.</summary>
    private static bool IsTransient() => Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR or Libc.ENOBUFS or Libc.ENETDOWN;

    private void Attach(string name)
    {
        var index = Libc.InterfaceIndex(name);
        if (index == 0)
            throw new BusException($"CAN interface {name}: there is none of that name; 'ip link' shows what there is");

        var request = new InterfaceRequest();
        System.Text.Encoding.UTF8.GetBytes(name, new Span<byte>(request.Name, NameBytes));
        if (Libc.IoControl(_socket, GetInterfaceFlags, &request) != 0 || (request.FlagsValue & InterfaceUp) == 0)
            throw new BusException($"CAN interface {name}: it is down; 'ip link set {name} up type can bitrate 1000000{(_flexibleData ? " dbitrate 5000000 fd on" : "")}' brings it up");
        if (_flexibleData && (Libc.IoControl(_socket, GetInterfaceMtu, &request) != 0 || request.MtuValue < FdFrameBytes))
            throw new BusException($"CAN interface {name}: the robot file gives a dataBitRate, the interface does classic CAN only; bring it up with 'dbitrate 5000000 fd on'");

        var on = 1;
        var errors = ErrorMask;
        if (Libc.SetSocketOption(_socket, LevelCanRaw, OptionFdFrames, &on, sizeof(int)) != 0
            || Libc.SetSocketOption(_socket, LevelCanRaw, OptionErrorFilter, &errors, sizeof(uint)) != 0)
            throw new BusException($"CAN interface {name}: socket option refused: {Marshal.GetLastPInvokeErrorMessage()}");
        var address = new SocketAddressCan { Family = FamilyCan, InterfaceIndex = (int)index };
        if (Libc.Bind(_socket, &address, (uint)sizeof(SocketAddressCan)) != 0)
            throw new BusException($"CAN interface {name}: cannot be bound: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>struct canfd_frame of linux/can.h, 72 bytes; its first 16 are struct can_frame.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct KernelFrame
    {
        public uint Id;
        public byte Length;
        public byte Flags;
        public byte Reserved0;
        public byte Reserved1;
        public fixed byte Data[64];
    }

    /// <summary>struct sockaddr_can of linux/can.h, 24 bytes; the union of transport addresses is unused with CAN_RAW.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SocketAddressCan
    {
        public ushort Family;
        public int InterfaceIndex;
        public ulong Transport0;
        public ulong Transport1;
    }

    /// <summary>struct ifreq of net/if.h, 40 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct InterfaceRequest
    {
        [FieldOffset(0)]
        public fixed byte Name[NameBytes];

        [FieldOffset(NameBytes)]
        public short FlagsValue;

        [FieldOffset(NameBytes)]
        public int MtuValue;
    }
}
