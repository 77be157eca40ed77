using System.Runtime.InteropServices;

namespace Edge.Storage;

/// <summary>Replaces a file so that a reader, or a start after a power cut, finds either the old content or the new one, whole.</summary>
internal static partial class DurableFile
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY, x86-64
    private const int ReadOnlyDirectoryArm64 = 0x4000; // O_RDONLY | O_DIRECTORY, arm64

    /// <summary>Writes beside the file, forces it to the disk, renames, and forces the folder's entry to the disk.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken; the old file is whole.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        if (OperatingSystem.IsLinux())
            FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>.NET opens no folders. Where the file system cannot do it, the rename is still atomic, only not yet on the disk.</summary>
    private static void FlushFolder(string folder)
    {
        var descriptor = Open(folder, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? ReadOnlyDirectoryArm64 : ReadOnlyDirectory);
        if (descriptor < 0)
            return;
        _ = FileSync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
