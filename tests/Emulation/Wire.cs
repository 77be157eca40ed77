using System.Text;
using System.Text.Json;
using Edge.Buses;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Emulation;

/// <summary>Bytes of the fact sheets, and the reference robot.</summary>
internal static class Wire
{
    public static readonly CanFrameFlags FastData = CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch;

    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    public static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static string Hex(ReadOnlySpan<byte> bytes) => BitConverter.ToString(bytes.ToArray()).Replace('-', ' ');

    public static string Hex(CanFrame frame) => Hex(frame.Data);

    public static CanFrame Frame(uint id, string hex, CanFrameFlags flags = CanFrameFlags.None) => CanFrame.Create(id, Bytes(hex), flags);

    public static void Say(IByteLink link, string text) => Assert.Equal(text.Length, link.Write(Encoding.ASCII.GetBytes(text)));

    public static string Hear(IByteLink link) => Encoding.ASCII.GetString(HearBytes(link));

    public static byte[] HearBytes(IByteLink link)
    {
        var buffer = new byte[65536];
        var count = link.Read(buffer);
        return buffer[..Math.Max(count, 0)];
    }

    public static RobotDescription Robot()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json");
        return JsonSerializer.Deserialize<RobotDescription>(File.ReadAllText(path), Options)!;
    }
}
