using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Edge.Tests;

/// <summary>Reads an array as numpy wrote it (format 1.0).</summary>
internal static class Npy
{
    public static T[] Read<T>(string path)
        where T : unmanaged => Read<T>(path, out _);

    /// <summary>The values, and the shape as numpy writes it: <c>(12, 48)</c>.</summary>
    public static T[] Read<T>(string path, out string shape)
        where T : unmanaged
    {
        var bytes = File.ReadAllBytes(path);
        var header = BitConverter.ToUInt16(bytes, 8);
        shape = Regex.Match(Encoding.ASCII.GetString(bytes, 10, header), @"'shape': (\(.*\))").Groups[1].Value;
        return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(10 + header)).ToArray();
    }
}
