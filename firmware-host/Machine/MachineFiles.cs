namespace Edge.Machine;

/// <summary>The machine's files: /proc, /sys, /dev and /etc, or a copy of them under another root.</summary>
/// <param name="root">The folder that stands for /.</param>
public sealed class MachineFiles(string root = "/")
{
    /// <summary>Where a file lies.</summary>
    public string PathOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.IsPathRooted(path) ? Path.Join(root, path[1..]) : path;
    }

    /// <summary>It is there, a file or a folder.</summary>
    public bool Exists(string path) => Path.Exists(PathOf(path));

    /// <summary>The text of a file without the white space and the zero byte at its ends; null: it cannot be read.</summary>
    public string? Read(string path)
    {
        try
        {
            return File.ReadAllText(PathOf(path)).Trim().TrimEnd('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Names of the folders in a folder; none where there is no such folder.</summary>
    public IEnumerable<string> FoldersIn(string path) =>
        Directory.Exists(PathOf(path)) ? Directory.EnumerateDirectories(PathOf(path)).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal) : [];
}
