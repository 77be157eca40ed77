using Edge.Realtime;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>The request for short wake-ups, on a file that stands for the device.</summary>
public sealed class WakeLatencyTests : IDisposable
{
    private readonly string _folder = Fixture.NewFolder();

    private string Device => Path.Combine(_folder, "cpu_dma_latency");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ZeroMicrosecondsAreAskedForWhileItIsOpen()
    {
        File.WriteAllBytes(Device, []);
        using (var awake = new WakeLatency())
        {
            Assert.Null(awake.Hold(Device));
            Assert.Equal(new byte[4], File.ReadAllBytes(Device));
            Assert.True(IsOpen());
        }

        Assert.False(IsOpen());
    }

    [Fact]
    public void ARefusalIsASentence()
    {
        using var awake = new WakeLatency();
        Assert.StartsWith($"{Device} was refused (", awake.Hold(Device), StringComparison.Ordinal); // there is none
        Directory.CreateDirectory(Device);
        Assert.StartsWith($"{Device} was refused (", awake.Hold(Device), StringComparison.Ordinal); // it may not be written
    }

    // Other tests close files meanwhile: the link of a closed one is null.
    private bool IsOpen() => Directory.EnumerateFiles("/proc/self/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == Device);
}
