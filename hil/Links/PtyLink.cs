using System.Runtime.InteropServices;
using System.Text;
using Edge.Buses;
using Microsoft.Win32.SafeHandles;

namespace Edge.Hil.Links;

/// <summary>
/// The device's side of a pseudo terminal: the controller opens <see cref="SlavePath"/> (or <see cref="LinkPath"/>) as it would a serial port.
/// The slave is raw from the start and stays open here, so the controller may come and go without the master seeing an I/O error.
/// </summary>
public sealed partial class PtyLink : IByteLink
{
    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;
    private bool _broken;

    /// <summary>Opens a pseudo terminal.</summary>
    /// <param name="linkPath">A stable name for the slave, made as a symbolic link and replaced if it is one already; null for none.</param>
    /// <exception cref="IOException">The kernel refused; the message says which call and why.</exception>
    public PtyLink(string? linkPath = null)
    {
        _master = Interop.OpenMaster(Interop.O_RDWR | Interop.O_NOCTTY | Interop.O_NONBLOCK | Interop.O_CLOEXEC);
        if (_master.IsInvalid)
            throw Failure("posix_openpt");

        try
        {
            if (Interop.GrantSlave(_master) != 0)
                throw Failure("grantpt");
            if (Interop.UnlockSlave(_master) != 0)
                throw Failure("unlockpt");
            SlavePath = ReadSlaveName(_master);
            _slave = Interop.Open(SlavePath, Interop.O_RDWR | Interop.O_NOCTTY | Interop.O_NONBLOCK | Interop.O_CLOEXEC);
            if (_slave.IsInvalid)
                throw Failure($"open {SlavePath}");
            MakeRaw(_slave);
            if (linkPath is not null)
            {
                LinkTo(SlavePath, linkPath);
                LinkPath = linkPath;
            }
        }
        catch
        {
            _slave?.Dispose();
            _master.Dispose();
            throw;
        }
    }

    /// <summary>Path of the slave, /dev/pts/N.</summary>
    public string SlavePath { get; }

    /// <summary>The stable name asked for at construction, or null.</summary>
    public string? LinkPath { get; }

    /// <inheritdoc/>
    public unsafe int Read(Span<byte> buffer)
    {
        if (_broken)
            return -1;

        fixed (byte* start = buffer)
            return Result(Interop.Read(_master, start, buffer.Length));
    }

    /// <inheritdoc/>
    public unsafe int Write(ReadOnlySpan<byte> data)
    {
        if (_broken)
            return -1;

        fixed (byte* start = data)
            return Result(Interop.Write(_master, start, data.Length));
    }

    /// <summary>Closes both sides and removes the symbolic link if it still names this terminal.</summary>
    public void Dispose()
    {
        if (_broken && _master.IsClosed)
            return;

        _broken = true;
        if (LinkPath is not null && new FileInfo(LinkPath).LinkTarget == SlavePath)
            File.Delete(LinkPath);
        _slave.Dispose();
        _master.Dispose();
    }

    private static string ReadSlaveName(SafeFileHandle master)
    {
        Span<byte> name = stackalloc byte[64];
        if (Interop.SlaveName(master, ref MemoryMarshal.GetReference(name), name.Length) != 0)
            throw Failure("ptsname_r");
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }

    /// <summary>Bytes pass unchanged in both directions: no echo, no line editing, no CR translation, no signals.</summary>
    private static unsafe void MakeRaw(SafeFileHandle slave)
    {
        if (Interop.GetTermios(slave, Interop.TCGETS2, out var termios) != 0)
            throw Failure("TCGETS2");

        termios.InputFlags = 0;
        termios.OutputFlags = 0;
        termios.LocalFlags = 0;
        termios.ControlFlags = (termios.ControlFlags & ~(Interop.CSIZE | Interop.PARENB)) | Interop.CS8 | Interop.CREAD | Interop.CLOCAL;
        termios.ControlCharacters[Interop.VMIN] = 1;
        termios.ControlCharacters[Interop.VTIME] = 0;
        if (Interop.SetTermios(slave, Interop.TCSETS2, in termios) != 0)
            throw Failure("TCSETS2");
    }

    private static void LinkTo(string target, string path)
    {
        var info = new FileInfo(path);
        if (info.Exists && info.LinkTarget is null)
            throw new IOException($"{path}: is a file, not a symbolic link; it is left as it is.");

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // Made beside and moved over, so that there is no moment without the name.
        var temporary = $"{path}.{Environment.ProcessId}";
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, target);
        File.Move(temporary, path, overwrite: true);
    }

    private static IOException Failure(string call) => new($"Pseudo terminal: {call}: {Marshal.GetLastPInvokeErrorMessage()}.");

    private int Result(nint count)
    {
        if (count >= 0)
            return (int)count;

        var error = Marshal.GetLastPInvokeError();
        if (error is Interop.EAGAIN or Interop.EINTR)
            return 0;

        _broken = true;
        return -1;
    }

    private static unsafe partial class Interop
    {
        internal const int O_RDWR = 2;
        internal const int O_NOCTTY = 0x100;
        internal const int O_NONBLOCK = 0x800;
        internal const int O_CLOEXEC = 0x80000;
        internal const int EINTR = 4;
        internal const int EAGAIN = 11;

        // asm-generic/ioctls.h and termbits.h: one layout on x86-64 and arm64.
        internal const nuint TCGETS2 = 0x802C542A;
        internal const nuint TCSETS2 = 0x402C542B;
        internal const uint CSIZE = 0x30;
        internal const uint CS8 = 0x30;
        internal const uint CREAD = 0x80;
        internal const uint PARENB = 0x100;
        internal const uint CLOCAL = 0x800;
        internal const int VTIME = 5;
        internal const int VMIN = 6;

        [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
        internal static partial SafeFileHandle OpenMaster(int flags);

        [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
        internal static partial int GrantSlave(SafeFileHandle master);

        [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
        internal static partial int UnlockSlave(SafeFileHandle master);

        [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
        internal static partial int SlaveName(SafeFileHandle master, ref byte name, nint length);

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial SafeFileHandle Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
        internal static partial nint Read(SafeFileHandle file, byte* buffer, nint count);

        [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
        internal static partial nint Write(SafeFileHandle file, byte* buffer, nint count);

        [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        internal static partial int GetTermios(SafeFileHandle file, nuint request, out Termios2 termios);

        [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        internal static partial int SetTermios(SafeFileHandle file, nuint request, in Termios2 termios);

        /// <summary>struct termios2 of asm-generic/termbits.h, 44 bytes.</summary>
        [StructLayout(LayoutKind.Sequential)]
        internal struct Termios2
        {
            public uint InputFlags;
            public uint OutputFlags;
            public uint ControlFlags;
            public uint LocalFlags;
            public byte Line;
            public fixed byte ControlCharacters[19];
            public uint InputSpeed;
            public uint OutputSpeed;
        }
    }
}
