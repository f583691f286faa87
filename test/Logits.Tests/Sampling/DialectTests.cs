using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class DialectTests
{
    [Theory]
    [InlineData("exact", "")]
    [InlineData("llama.cpp", "top-k=40,top-p=0.95,min-p=0.05,temperature=0.8")]
    [InlineData("transformers", "greedy")]
    [InlineData("vllm", "")]
    [InlineData("openai", "")]
    [InlineData("koboldcpp", "top-k=3000,top-k=100,top-p=0.92,temperature=0.75")]
    [InlineData("onnxruntime-genai", "greedy")]
    [InlineData("text-generation-webui", "")]
    public void HasTheProjectsDefaults(string dialect, string chain) => Assert.Equal(chain, Dialect.Find(dialect).DefaultChain.ToString());

    [Theory]
    [InlineData("llama.cpp", """{"samplers": ["top_k", "temperature"], "top_k": 5, "temperature": 0.5}""", "top-k=5,temperature=0.5")]
    [InlineData("llama.cpp", """{"mirostat": 2, "mirostat_tau": 4, "top_k": 5}""", "temperature=0.8,mirostat=4")]
    [InlineData("llama.cpp", """{"repeat_penalty": 1.1, "frequency_penalty": 0.2, "repeat_last_n": 32, "dry_multiplier": 0.8, "dry_allowed_length": 3, "typical_p": 0.9, "xtc_probability": 0.5, "xtc_threshold": 0.1, "dynatemp_range": 0.3, "min_keep": 2}""",
        "repetition-penalty(penalty=1.1,last-n=32),frequency-penalty(amount=0.2,last-n=32),dry(multiplier=0.8,allowed-length=3),top-k=40,typical(p=0.9,min-keep=2,beyond=true),top-p(p=0.95,min-keep=2),min-p(ratio=0.05,min-keep=2),xtc=0.5,dynamic-temperature(temperature=0.8,delta=0.3,count-masked=true)")]
    [InlineData("llama.cpp", """{"logit_bias": {"8": 6}, "temperature": -1, "top_k": -1, "top_p": 1.5, "min_p": 0}""", "logit-bias=8:6,temperature=0")]
    [InlineData("transformers", """{"do_sample": true, "temperature": 1.0, "top_k": 0, "top_p": 0.9, "repetition_penalty": 1.2, "eos_token_id": [2, 5], "min_length": 8, "bad_words_ids": [[1, 3], [4]], "renormalize_logits": true}""",
        "repetition-penalty=1.2,bad-words(words=1 3|4,eos=2 5,long-history=true),min-length(length=8,eos=2 5),top-p=0.9,log-softmax")]
    [InlineData("transformers", """{"do_sample": false, "no_repeat_ngram_size": 3, "suppress_tokens": [7, 9], "exponential_decay_length_penalty": [5, 1.1], "eos_token_id": 2}""", "no-repeat-ngram=3,exponential-decay-length(start=5,factor=1.1,eos=2),suppress=7 9,greedy")]
    [InlineData("vllm", """{"temperature": 0, "top_p": 0.5, "repetition_penalty": 1.1, "logit_bias": {"3": 150}}""", "logit-bias=3:100,repetition-penalty=1.1,greedy")]
    [InlineData("vllm", """{"temperature": 0.7, "top_k": 20, "min_p": 0.1, "frequency_penalty": 0.3}""", "frequency-penalty(amount=0.3,output-only=true),temperature=0.7,min-p=0.1,top-k(k=20,ties=true)")]
    [InlineData("openai", """{"temperature": 0.7, "presence_penalty": -1, "model": "m"}""", "presence-penalty(amount=-1,output-only=true),temperature=0.7")]
    [InlineData("onnxruntime-genai", """{"do_sample": true, "top_p": 0, "temperature": 0.6}""", "temperature=0.6,top-k=50")]
    [InlineData("onnxruntime-genai", """{"do_sample": true, "top_p": 0, "top_k": 0}""", "temperature=1,top-p=0")]
    [InlineData("koboldcpp", """{"rep_pen": 1.1, "rep_pen_range": 256, "rep_pen_slope": 0.7, "tfs": 0.95, "sampler_order": [5, 3], "temperature": 0}""", "top-k=3000,temperature=0.00390625,top-k=1,tail-free=0.95")]
    [InlineData("text-generation-webui", """{"tfs": 0.9, "top_n_sigma": 1, "dynamic_temperature": true, "dynatemp_low": 0.5, "dynatemp_high": 1.5}""", "dynamic-temperature(temperature=1,delta=0.5),top-n-sigma(n=1,masked-as-zero=true),tail-free(z=0.9,one-more=true)")]
    public void ReadsAConfigInTheProjectsOrder(string dialect, string json, string chain)
    {
        var read = Dialect.Find(dialect).ReadConfig(json);
        Assert.Equal(chain, read.ToString());
        Assert.Equal(read, SamplerChain.Parse(chain));
    }

    [Theory]
    [InlineData("transformers", "temperature=0", "transformers allows a temperature above 0")]
    [InlineData("transformers", "top-k=0", "top-k is 0; transformers allows a whole number of at least 1.")]
    [InlineData("vllm", "top-p=0", "top-p is 0; vllm allows above 0 and at most 1.")]
    [InlineData("vllm", "temperature=2.5", "vllm allows 0 to 2")]
    [InlineData("openai", "logit-bias=3:-250", "logit_bias of token 3 is -250; openai allows -100 to 100.")]
    [InlineData("openai", "top-p=1.01", "openai allows 0 to 1")]
    [InlineData("llama.cpp", "sharpness=3", "\"sharpness\" is no stage")]
    public void NamesWhatTheProjectRefuses(string dialect, string chain, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Dialect.Find(dialect).Parse(chain)).Message);

    [Theory]
    [InlineData("[1]", "no JSON object"), InlineData("{\"temperature\":", "no JSON"), InlineData("{\"temperature\": \"warm\"}", "temperature is \"warm\"; it is a number.")]
    public void NamesWhatItCannotRead(string json, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Dialect.LlamaCpp.ReadConfig(json)).Message);

    [Fact]
    public void FindsADialectByName()
    {
        Assert.Same(Dialect.LlamaCpp, Dialect.Find("llama.cpp"));
        Assert.Same(Dialect.Transformers, Dialect.Find("HF"));
        Assert.Contains("the dialects are exact, llama.cpp,", Assert.Throws<ArgumentException>(() => Dialect.Find("bard")).Message);
    }
}
