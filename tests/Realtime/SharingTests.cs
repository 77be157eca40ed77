using Edge.Realtime;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>What passes between threads arrives whole, in order, and never makes the loop's side wait.</summary>
public sealed class SharingTests
{
    private const int Rounds = 200_000;

    [Fact]
    public void AReaderOfTheSeqlockNeverSeesHalfAValue()
    {
        var seqlock = new Seqlock<Block>();
        var writer = new Thread(() =>
        {
            for (long i = 1; i <= Rounds; i++)
                seqlock.Write(Block.Of(i));
        });
        writer.Start();
        long last = 0;
        while (last < Rounds)
        {
            var count = seqlock.Read(out var block);
            Assert.True(block.IsWhole);
            Assert.Equal(count, block.First);
            Assert.True(block.First >= last);
            last = block.First;
            Thread.Yield();
        }

        writer.Join();
    }

    [Fact]
    public void TheMailboxHandsOverWholeMessagesNewestLast()
    {
        var mailbox = new LatestMailbox<Message>(() => new Message());
        var writer = new Thread(() =>
        {
            for (long i = 1; i <= Rounds; i++)
            {
                Array.Fill(mailbox.WriteSlot.Values, i);
                mailbox.Publish();
            }
        });
        writer.Start();
        long last = 0;
        while (last < Rounds)
        {
            if (!mailbox.TryTake(out var message))
            {
                Assert.Equal(last, message.Values[0]); // the one taken before stays the reader's
                Thread.Yield();
                continue;
            }

            Assert.True(message.Values[0] > last);
            last = message.Values[0];
            Assert.All(message.Values, value => Assert.Equal(last, value));
        }

        writer.Join();
        Assert.False(mailbox.TryTake(out _));
    }

    [Fact]
    public void TheQueueKeepsEveryItemOfEveryWriterInOrder()
    {
        const int Writers = 3;
        var queue = new BoundedQueue<(int Writer, int Number)>(64);
        var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
        {
            for (var i = 0; i < Rounds / 10; i++)
            {
                while (!queue.TryAdd((writer, i)))
                    Thread.Yield();
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        var next = new int[Writers];
        while (next.Sum() < Writers * (Rounds / 10))
        {
            if (queue.TryTake(out var item))
                Assert.Equal(next[item.Writer]++, item.Number);
            else
                Thread.Yield();
        }

        Array.ForEach(threads, thread => thread.Join());
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void AFullQueueSaysSo()
    {
        var queue = new BoundedQueue<int>(4);
        for (var i = 0; i < 4; i++)
            Assert.True(queue.TryAdd(i));
        Assert.False(queue.TryAdd(4));
        Assert.True(queue.TryTake(out var first));
        Assert.Equal(0, first);
        Assert.True(queue.TryAdd(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoundedQueue<int>(3));
    }

    private struct Block
    {
        private long _a, _b, _c, _d, _e, _f, _g, _h;

        public readonly long First => _a;

        public readonly bool IsWhole => _a == _b && _b == _c && _c == _d && _d == _e && _e == _f && _f == _g && _g == _h;

        public static Block Of(long value) => new() { _a = value, _b = value, _c = value, _d = value, _e = value, _f = value, _g = value, _h = value };
    }

    private sealed class Message
    {
        public long[] Values { get; } = new long[32];
    }
}
