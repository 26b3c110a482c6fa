wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"customer":"Ada","items":[{"sku":"ABC-1","count":2},{"sku":"XYZ-22","count":1}]}'
