using System.Runtime.InteropServices;

namespace Edge.Storage;

/// <summary>A file that is replaced so that a reader, or a start after a power cut, finds either the old content or the new one, whole.</summary>
internal sealed partial class DurableFile
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY, x86-64
    private const int ReadOnlyDirectoryArm64 = 0x4000; // O_RDONLY | O_DIRECTORY, arm64

    private readonly string _temporary;
    private readonly string _folder;

    /// <summary>Names the file; touches nothing yet.</summary>
    public DurableFile(string path)
    {
        Name = Path.GetFullPath(path);
        _temporary = Name + ".tmp";
        _folder = Path.GetDirectoryName(Name) ?? throw new ArgumentException($"\"{path}\" is a folder", nameof(path));
    }

    /// <summary>The file's whole path.</summary>
    public string Name { get; }

    /// <summary>Writes beside the file, in a folder that is made where it is missing; forces it to the disk, renames, and forces the folder's entry to the disk.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken; the old file is whole.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public void Replace(ReadOnlySpan<byte> content)
    {
        if (!Directory.Exists(_folder))
            Directory.CreateDirectory(_folder);
        using (var file = File.OpenHandle(_temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(_temporary, Name, overwrite: true);
        if (OperatingSystem.IsLinux())
            FlushFolder(_folder);
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
