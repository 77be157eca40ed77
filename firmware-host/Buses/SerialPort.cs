using System.Runtime.InteropServices;

namespace Edge.Buses;

/// <summary>A serial device or pty in raw mode, 8N1, any baud rate. Reads and writes never block and allocate nothing.</summary>
public sealed unsafe class SerialPort : IByteLink
{
    // asm-generic/ioctls.h and termbits.h; one layout on x86-64 and arm64.
    private const nuint GetTermios2 = 0x802C542A; // TCGETS2
    private const nuint SetTermios2 = 0x402C542B; // TCSETS2
    private const nuint FlushQueues = 0x540B; // TCFLSH
    private const nuint Exclusive = 0x540C; // TIOCEXCL
    private const nuint Shared = 0x540D; // TIOCNXCL
    private const nuint InputWaiting = 0x541B; // TIOCINQ
    private const int BothQueues = 2; // TCIOFLUSH
    private const uint OtherRate = 0x1000; // BOTHER
    private const int InputRateShift = 16; // IBSHIFT
    private const uint EightBits = 0x30; // CS8
    private const uint EnableReceiver = 0x80; // CREAD
    private const uint IgnoreModemLines = 0x800; // CLOCAL
    private const int TimeIndex = 5; // VTIME
    private const int MinimumIndex = 6; // VMIN

    private readonly DescriptorHandle _handle;
    private bool _broken;

    /// <summary>Opens and configures the device; what was waiting in it is thrown away.</summary>
    /// <exception cref="BusException">It cannot be opened, is no serial device, or refuses the rate.</exception>
    public SerialPort(string device, int baudRate)
    {
        ArgumentException.ThrowIfNullOrEmpty(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(baudRate);
        _handle = new DescriptorHandle(Libc.Open(device, Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec));
        if (_handle.IsInvalid)
            throw OpenError(device, Marshal.GetLastPInvokeError());
        try
        {
            SetRaw(device, (uint)baudRate);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens and closes the device and changes nothing of it: somebody may be at work on it. The error's number, 0 for none.</summary>
    public static int Probe(string device)
    {
        using var handle = new DescriptorHandle(Libc.Open(device, Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec));
        Termios2 settings;
        return handle.IsInvalid || Libc.IoControl(handle, GetTermios2, &settings) != 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>What to do about an error of opening.</summary>
    public static string AdviceOn(int error) => error switch
    {
        Libc.ENOENT => "is the adapter plugged in, and is this its name (ls /dev/ttyACM* /dev/ttyUSB*)?",
        Libc.EACCES or Libc.EPERM => "add the user to the group that owns it (usually 'usermod -aG dialout <user>', then log in again)",
        Libc.EBUSY => "another program has it open; stop that one first",
        _ => "check the cable and the device name in the robot file",
    };

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        if (_broken)
            return -1;
        if (buffer.IsEmpty)
            return 0;

        // Look first: a read that finds nothing waits, non-blocking or not, for the kernel's worker that fills the queue (n_tty_read flushes its work), and
        // that worker has ordinary priority: on a busy machine the loop stood still for up to 1.6 s.
        int waiting;
        if (Libc.IoControl(_handle, InputWaiting, &waiting) != 0)
            return IsTransient() ? 0 : Break();
        if (waiting == 0)
            return 0;
        nint count;
        fixed (byte* start = buffer)
            count = Libc.Read(_handle, start, buffer.Length);
        if (count > 0)
            return (int)count;

        // VMIN is 1, so "nothing there" is EAGAIN, and 0 is the end: the adapter was unplugged.
        return count < 0 && IsTransient() ? 0 : Break();
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> data)
    {
        if (_broken)
            return -1;
        if (data.IsEmpty)
            return 0;
        nint count;
        fixed (byte* start = data)
            count = Libc.Write(_handle, start, data.Length);
        if (count >= 0)
            return (int)count;
        return IsTransient() ? 0 : Break();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        _broken = true;
        _ = Libc.IoControl(_handle, Shared, null); // exclusiveness would outlive this port where somebody else, as a pty's owner, has the device open too
        _handle.Dispose();
    }

    private static bool IsTransient() => Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR;

    private static BusException OpenError(string device, int error) =>
        new($"serial device {device}: cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}; {AdviceOn(error)}");

    private int Break()
    {
        _broken = true;
        return -1;
    }

    private void SetRaw(string device, uint baudRate)
    {
        Termios2 settings;
        if (Libc.IoControl(_handle, GetTermios2, &settings) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new BusException(error == Libc.ENOTTY
                ? $"serial device {device}: is not a serial device; check the device name in the robot file"
                : $"serial device {device}: settings cannot be read: {Marshal.GetPInvokeErrorMessage(error)}; unplug and replug the adapter");
        }

        settings.InputFlags = 0;
        settings.OutputFlags = 0;
        settings.LocalFlags = 0;
        settings.ControlFlags = OtherRate | (OtherRate << InputRateShift) | EightBits | EnableReceiver | IgnoreModemLines;
        settings.ControlCharacters[TimeIndex] = 0;
        settings.ControlCharacters[MinimumIndex] = 1;
        settings.InputSpeed = settings.OutputSpeed = baudRate;
        if (Libc.IoControl(_handle, SetTermios2, &settings) != 0)
            throw new BusException($"serial device {device}: {baudRate} Bd refused: {Marshal.GetLastPInvokeErrorMessage()}; choose a bitRate that the adapter can do");

        // The kernel answers with the rate that the hardware really makes; UARTs bear 2 to 3 %.
        if (Libc.IoControl(_handle, GetTermios2, &settings) != 0 || Math.Abs((double)settings.OutputSpeed - baudRate) > 0.02 * baudRate)
            throw new BusException($"serial device {device}: asked for {baudRate} Bd, the adapter makes {settings.OutputSpeed}; choose a bitRate that it can do");

        // Best effort: a second program on the same adapter would corrupt both; stale bytes would only be counted as malformed.
        _ = Libc.IoControl(_handle, Exclusive, null);
        _ = Libc.IoControl(_handle, FlushQueues, (void*)BothQueues);
    }

    /// <summary>struct termios2 of asm-generic/termbits.h, 44 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Termios2
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte LineDiscipline;
        public fixed byte ControlCharacters[19];
        public uint InputSpeed;
        public uint OutputSpeed;
    }
}
