using System.Runtime.InteropServices;
using Edge.Buses;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Buses;

/// <summary>The serial port against a pty, which the kernel treats as a serial device of any rate.</summary>
public sealed partial class SerialPortTests
{
    [Theory]
    [InlineData(1_000_000)]
    [InlineData(115_200)]
    [InlineData(1_234_567)]
    public void BytesPassUnchangedAtAnyRate(int baudRate)
    {
        using var pty = new Pty();
        using var port = new SerialPort(pty.Name, baudRate);
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        Assert.Equal(256, port.Write(all));
        Assert.Equal(all, pty.Read(256));

        // Back again in two pieces: the pty hands on what it has.
        pty.Write(all);
        var back = new List<byte>();
        var buffer = new byte[512];
        for (var i = 0; i < 1000 && back.Count < 256; i++)
        {
            var count = port.Read(buffer);
            Assert.True(count >= 0);
            back.AddRange(buffer[..count]);
            Thread.Sleep(count == 0 ? 1 : 0);
        }

        Assert.Equal(all, back);
    }

    [Fact]
    public void NothingThereIsZeroAndNeverBlocks()
    {
        using var pty = new Pty();
        using var port = new SerialPort(pty.Name, 1_000_000);
        Assert.Equal(0, port.Read(new byte[16]));
    }

    [Fact]
    public void AFullDeviceTakesPartAndThenNothing()
    {
        using var pty = new Pty();
        using var port = new SerialPort(pty.Name, 1_000_000);
        var chunk = new byte[4096];
        var total = 0;
        int count;
        for (var i = 0; (count = port.Write(chunk)) > 0; i++)
        {
            total += count;
            Assert.InRange(i, 0, 10_000);
        }

        Assert.Equal(0, count);
        Assert.True(total > 0);
    }

    [Fact]
    public void AnUnpluggedDeviceIsBrokenForGood()
    {
        var pty = new Pty();
        using var port = new SerialPort(pty.Name, 1_000_000);
        pty.Dispose();
        Assert.True(SpinWait.SpinUntil(() => port.Read(new byte[16]) < 0, 10_000)); // a child just being started still holds the master
        Assert.Equal(-1, port.Write([1]));
        Assert.Equal(-1, port.Read(new byte[16]));
    }

    [Theory]
    [InlineData("/dev/edge-no-such-port", "plugged in")]
    [InlineData("/dev/null", "not a serial device")]
    public void OpenErrorsNameTheDeviceAndSayWhatToDo(string device, string advice)
    {
        var message = Assert.Throws<BusException>(() => new SerialPort(device, 1_000_000)).Message;
        Assert.Contains(device, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFactoryOpensWhatTheRobotFileSays()
    {
        using var pty = new Pty();
        using (var bus = BusFactory.OpenCan(new BusDescription("arm", "slcan", pty.Name, 1_000_000, 5_000_000)))
            Assert.Equal("C\rC\rS8\rY5\rM0\rO\r"u8.ToArray(), pty.Read(15));
        using (BusFactory.OpenSerial(new BusDescription("tool", "serial", pty.Name, 1_000_000)))
        {
        }

        Assert.Contains("\"i2c\"", Assert.Throws<BusException>(() => BusFactory.OpenCan(new BusDescription("x", "i2c", "/dev/null", 1))).Message, StringComparison.Ordinal);
        Assert.Contains("\"slcan\"", Assert.Throws<BusException>(() => BusFactory.OpenSerial(new BusDescription("x", "slcan", "/dev/null", 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheKernelsStructHasItsSize() => Assert.Equal(44, Marshal.SizeOf<SerialPort.Termios2>());

    /// <summary>The master side of a pty.</summary>
    private sealed unsafe partial class Pty : IDisposable
    {
        private int _master;

        public Pty()
        {
            _master = OpenMaster(2 | 0x100 | 0x80000); // O_RDWR, O_NOCTTY, O_CLOEXEC: programs that other tests start do not inherit it
            Assert.True(_master >= 0 && Grant(_master) == 0 && Unlock(_master) == 0);
            var name = stackalloc byte[64];
            Assert.Equal(0, SlaveName(_master, name, 64));
            Name = Marshal.PtrToStringUTF8((nint)name)!;
        }

        public string Name { get; }

        public byte[] Read(int count)
        {
            var bytes = new byte[count];
            var got = 0;
            fixed (byte* start = bytes)
            {
                while (got < count)
                {
                    var n = Read(_master, start + got, count - got);
                    Assert.True(n > 0);
                    got += (int)n;
                }
            }

            return bytes;
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* start = bytes)
                Assert.Equal(bytes.Length, Write(_master, start, bytes.Length));
        }

        public void Dispose()
        {
            if (_master >= 0)
                _ = Close(_master);
            _master = -1;
        }

        [LibraryImport("libc", EntryPoint = "posix_openpt")]
        private static partial int OpenMaster(int flags);

        [LibraryImport("libc", EntryPoint = "grantpt")]
        private static partial int Grant(int descriptor);

        [LibraryImport("libc", EntryPoint = "unlockpt")]
        private static partial int Unlock(int descriptor);

        [LibraryImport("libc", EntryPoint = "ptsname_r")]
        private static partial int SlaveName(int descriptor, byte* name, nint length);

        [LibraryImport("libc", EntryPoint = "read")]
        private static partial nint Read(int descriptor, byte* buffer, nint count);

        [LibraryImport("libc", EntryPoint = "write")]
        private static partial nint Write(int descriptor, byte* buffer, nint count);

        [LibraryImport("libc", EntryPoint = "close")]
        private static partial int Close(int descriptor);
    }
}
