using Edge.Hil.Links;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class LinkTests
{
    [Fact]
    public void AMemoryLinkKeepsOrderAcrossItsWrap()
    {
        var (host, device) = MemoryLink.CreatePair(64);
        var random = new Random(3);
        byte next = 0;
        byte expected = 0;
        var buffer = new byte[64];
        for (var i = 0; i < 10000; i++)
        {
            var chunk = new byte[random.Next(50)];
            for (var k = 0; k < chunk.Length; k++)
                chunk[k] = (byte)(next + k);
            next += (byte)host.Write(chunk);

            var count = device.Read(buffer.AsSpan(0, random.Next(1, 64)));
            for (var k = 0; k < count; k++)
                Assert.Equal(expected++, buffer[k]);
        }
    }

    [Fact]
    public void AFullMemoryLinkTakesLessAndLosesNothing()
    {
        var (host, device) = MemoryLink.CreatePair(16);
        Assert.Equal(16, host.Write(new byte[20]));
        Assert.Equal(0, host.Write(new byte[1]));
        Assert.Equal(5, device.Read(new byte[5]));
        Assert.Equal(5, host.Write(new byte[20]));
        Assert.Equal(0, host.Read(new byte[5])); // the other direction is its own
    }

    [Fact]
    public void APulledMemoryLinkGivesWhatIsInItThenIsBroken()
    {
        var (host, device) = MemoryLink.CreatePair();
        device.Write([1, 2, 3]);
        device.Dispose();
        Assert.Equal(3, host.Read(new byte[8]));
        Assert.Equal(-1, host.Read(new byte[8]));
        Assert.Equal(-1, host.Write([1]));
    }

    [Fact]
    public void APtyPassesEveryByteBothWaysUnchanged()
    {
        using var link = new PtyLink();
        using var port = new FileStream(link.SlavePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        port.Write(all);
        Assert.Equal(all, ReadAll(link, 256));

        Assert.Equal(256, link.Write(all));
        var back = new byte[256];
        port.ReadExactly(back);
        Assert.Equal(all, back);
        Assert.Equal(0, link.Read(back)); // no echo
    }

    [Fact]
    public void APtyOutlivesItsController()
    {
        var name = Path.Combine(Directory.CreateTempSubdirectory("edge-link-").FullName, "sub", "arm");
        using (var link = new PtyLink(name))
        {
            Assert.Equal(link.SlavePath, new FileInfo(name).LinkTarget);
            for (var i = 0; i < 2; i++)
            {
                using (var port = new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0))
                    port.Write([42]);
                Assert.Equal([42], ReadAll(link, 1));
                Assert.Equal(0, link.Read(new byte[8])); // no controller: nothing, not an error
                Assert.Equal(1, link.Write([1]));
            }

            // A second rig takes the name over, and the first leaves it alone.
            using var second = new PtyLink(name);
            link.Dispose();
            Assert.Equal(second.SlavePath, new FileInfo(name).LinkTarget);
        }

        Assert.False(new FileInfo(name).Exists);
        File.WriteAllText(name, "kept");
        Assert.Throws<IOException>(() => new PtyLink(name));
        Assert.Equal("kept", File.ReadAllText(name));
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(name))!, recursive: true);
    }

    [Fact]
    public void AFullPtyTakesLessInsteadOfWaiting()
    {
        using var link = new PtyLink();
        var total = 0;
        var chunk = new byte[4096];
        for (var i = 0; i < 100; i++)
        {
            var count = link.Write(chunk);
            Assert.InRange(count, 0, chunk.Length);
            total += count;
        }

        Assert.InRange(total, 1, 100 * 4096 - 1);
    }

    private static byte[] ReadAll(PtyLink link, int count)
    {
        var bytes = new byte[count];
        var got = 0;
        for (var i = 0; i < 2000 && got < count; i++)
        {
            var n = link.Read(bytes.AsSpan(got));
            Assert.True(n >= 0);
            got += n;
            if (n == 0)
                Thread.Sleep(1); // the kernel hands pty bytes over in a worker of its own
        }

        return bytes[..got];
    }
}
