// Runs models with ONNX Runtime, all in one process: node oracle_ort.js FOLDER LEVEL...
//   FOLDER/cases.json   [{"model": "a.onnx", "runs": [[{"name", "type", "dims", "offset", "bytes"}, ..], ..]}, ..]
//   FOLDER/inputs.bin   the bytes that offset and bytes refer to, little-endian
// writes per level of graph optimisation (disabled, basic, extended, all; with +unfused: QDQ patterns are not fused)
//   FOLDER/outputs-LEVEL.json  [{"runs": [[{"name", "type", "dims", "offset", "bytes"}, ..], ..]} or {"error"}, ..]
//   FOLDER/outputs-LEVEL.bin
'use strict'
const fs = require('fs')
const path = require('path')
const ort = require('onnxruntime-node')

const arrays = {
    uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, int32: Int32Array, uint32: Uint32Array,
    int64: BigInt64Array, uint64: BigUint64Array, float32: Float32Array, float64: Float64Array, bool: Uint8Array,
}

function feedsOf(run, bytes) {
    const feeds = {}
    for (const input of run) {
        const data = bytes.buffer.slice(bytes.byteOffset + input.offset, bytes.byteOffset + input.offset + input.bytes)
        feeds[input.name] = new ort.Tensor(input.type, new arrays[input.type](data), input.dims)
    }
    return feeds
}

async function runCase(folder, level, entry, bytes, write) {
    const options = {
        graphOptimizationLevel: level.split('+')[0], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3,
    }
    if (level.endsWith('+unfused')) options.extra = {session: {disable_quant_qdq: '1'}}
    const session = await ort.InferenceSession.create(path.join(folder, entry.model), options)
    const runs = []
    for (const run of entry.runs) {
        const results = await session.run(feedsOf(run, bytes))
        runs.push(session.outputNames.map((name) => {
            const {type, dims, data} = results[name]
            return {name, type, dims: [...dims], ...write(Buffer.from(data.buffer, data.byteOffset, data.byteLength))}
        }))
    }
    await session.release()
    return {runs}
}

async function main(folder, levels) {
    const cases = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'), 'utf8'))
    const bytes = fs.readFileSync(path.join(folder, 'inputs.bin'))
    for (const level of levels) {
        const file = fs.openSync(path.join(folder, `outputs-${level}.bin`), 'w')
        let offset = 0
        const write = (data) => {
            fs.writeSync(file, data)
            offset += data.length
            return {offset: offset - data.length, bytes: data.length}
        }
        const results = []
        for (const entry of cases) {
            try {
                results.push(await runCase(folder, level, entry, bytes, write))
            } catch (error) {
                results.push({error: String(error.message ?? error)})
            }
        }
        fs.closeSync(file)
        fs.writeFileSync(path.join(folder, `outputs-${level}.json`), JSON.stringify(results))
    }
}

main(process.argv[2], process.argv.slice(3)).catch((error) => {
    console.error(`tools/oracle_ort: ${error.message ?? error}`)
    process.exit(1)
})
